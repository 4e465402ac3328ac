const vocabulary = 20_000

/** JSON lines of synthetic prompts of 20 to 60 words, the same in every run; every hundredth copies the one before it. */
export function* writePrompts(count: number): Generator<string> {
  const random = createRandom(1)
  // The square makes some words common, as in real text.
  const writeWord = (): string => `w${Math.floor(random() ** 2 * vocabulary).toString(36)}`
  let prompt = ''
  for (let n = 0; n < count; n += 1) {
    if (n % 100 !== 99) prompt = Array.from({ length: 20 + random() * 40 }, writeWord).join(' ')
    const category = ['cyber', 'weapons', 'fraud', 'general'][n % 4]
    const intent = ['benign', 'dual_use', 'malicious'][n % 3]
    yield `${JSON.stringify({ prompt, category, intent })}\n`
  }
}

/** mulberry32 */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296
  }
}
