/** What is remembered of a prompt that was kept, to name it as a later one's twin. */
export type KeptPrompt = { readonly id: string; readonly location: string; readonly family: string }

/** Things by their number, written once in order 0, 1, 2, ... and read seldom: a file's work. */
export type NumberedItems<T> = {
  readonly append: (item: T) => void
  /** Undefined for a number that was not appended. */
  readonly get: (number: number) => T | undefined
}

/**
 * Where the screen keeps what it seldom looks at, so that its memory does not grow with the prompts' texts. Sketches are
 * bytes of little-endian 32-bit numbers in base64.
 */
export type ScreenMemory = {
  readonly kept: NumberedItems<KeptPrompt>
  readonly sketches: NumberedItems<string>
}

/** For a few prompts, and for tests: everything in memory. */
export function createHeapMemory(): ScreenMemory {
  return { kept: createArray(), sketches: createArray() }
}

function createArray<T>(): NumberedItems<T> {
  const items: T[] = []
  return { append: (item) => void items.push(item), get: (number) => items[number] }
}
