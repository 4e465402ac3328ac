/** A text's words, and where each begins in the text that joins them by single spaces. */
export type WordSpan = {
  readonly words: readonly string[]
  readonly text: string
  /** One more than there are words: the last is where a further word would begin. */
  readonly begins: readonly number[]
}

export const spanWords = (words: readonly string[]): WordSpan => {
  const begins = [0]
  let at = 0
  for (const word of words) {
    at += word.length + 1
    begins.push(at)
  }
  return { words, text: words.join(' '), begins }
}

/** All runs of `length` words. V8 cuts them as views of the text, so an index of them stays small. */
export function* cutWindows(
  { words, text, begins }: WordSpan,
  length: number,
): Generator<{ readonly text: string; readonly at: number }> {
  for (let first = 0; first + length <= words.length; first += 1) {
    const at = begins[first] ?? 0
    yield { text: text.slice(at, (begins[first + length] ?? 0) - 1), at }
  }
}
