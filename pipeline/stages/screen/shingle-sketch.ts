/**
 * A text as the set of its word 3-shingles (Broder 1997), hashed to 32 bits. Kept are the `sketchSize` smallest
 * hashes, sorted: the whole set for a text of up to 130 words, so that Jaccard is exact there; a bottom-k sample of
 * fixed size for longer ones, with a standard error of at most 0.044 (at 0.5) or 0.035 (at 0.8).
 */
export const sketchSize = 128
const shingleWords = 3

export type ShingleSet = {
  /** All distinct hashes, ascending. */
  readonly hashes: Uint32Array
}

/** MurmurHash3's finaliser: spreads every input bit over all 32. */
export const mixBits = (value: number): number => {
  let bits = value
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

const hashWord = (word: string): number => {
  let hash = 0x811c9dc5 // FNV-1a over UTF-16 code units
  for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193)
  return mixBits(hash)
}

/** A text of fewer than three words is one shingle; one without words has none. */
export const hashShingles = (words: readonly string[]): ShingleSet => {
  const hashes = words.map(hashWord)
  const count = words.length === 0 ? 0 : Math.max(1, words.length - shingleWords + 1)
  const shingles = new Uint32Array(count)
  for (let at = 0; at < count; at += 1) {
    let shingle = 0
    for (const hash of hashes.slice(at, at + shingleWords)) shingle = mixBits(Math.imul(shingle, 31) + hash)
    shingles[at] = shingle
  }
  shingles.sort()
  return { hashes: shingles.filter((hash, index) => index === 0 || hash !== shingles[index - 1]) }
}

export const takeSketch = ({ hashes }: ShingleSet): Uint32Array => hashes.subarray(0, sketchSize)

/** Up to where a sketch is complete. */
const lastOf = (sketch: Uint32Array): number => (sketch.length < sketchSize ? Infinity : (sketch.at(-1) ?? Infinity))

/**
 * The share of shingles two texts have in common. A full sketch may be a sample, and both are complete only up to the
 * smaller of the last hashes of such samples; below it they are compared whole.
 */
export const compareSketches = (left: Uint32Array, right: Uint32Array): number => {
  const limit = Math.min(lastOf(left), lastOf(right))
  let union = 0
  let shared = 0
  let atLeft = 0
  let atRight = 0
  while (atLeft < left.length || atRight < right.length) {
    const a = left[atLeft] ?? Infinity
    const b = right[atRight] ?? Infinity
    if (Math.min(a, b) > limit) break
    union += 1
    if (a === b) shared += 1
    if (a <= b) atLeft += 1
    if (b <= a) atRight += 1
  }
  return union === 0 ? 0 : shared / union
}
