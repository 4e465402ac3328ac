import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { computeNearKey, createNearIndex } from '../../pipeline/stages/screen/near-index.ts'
import { createHeapMemory } from '../../pipeline/stages/screen/screen-memory.ts'
import { createSketchPool } from '../../pipeline/stages/screen/sketch-pool.ts'
import { compareSketches, hashShingles, sketchSize, takeSketch } from '../../pipeline/stages/screen/shingle-sketch.ts'

/** mulberry32 */
const createRandom = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296
  }
}

const writeWords = (random: () => number, count: number): readonly string[] =>
  Array.from({ length: count }, () => `w${Math.floor(random() * 3_000)}`)

const changeWords = (random: () => number, words: readonly string[], changes: number): readonly string[] => {
  const changed = [...words]
  for (let change = 0; change < changes; change += 1) changed[Math.floor(random() * words.length)] = `new${change}`
  return changed
}

const shingles = (words: readonly string[]): ReadonlySet<string> =>
  new Set(words.slice(2).map((word, index) => `${words[index]} ${words[index + 1]} ${word}`))

const trueJaccard = (left: readonly string[], right: readonly string[]): number => {
  const [a, b] = [shingles(left), shingles(right)]
  return a.intersection(b).size / a.union(b).size
}

const sketch = (words: readonly string[]): Uint32Array => takeSketch(hashShingles(words))

test('for texts of up to 130 words the similarity is the true Jaccard', () => {
  const word = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
  const words = fc.array(word, { minLength: 3, maxLength: sketchSize + 2 })
  fc.assert(
    fc.property(words, words, (left, right) => {
      expect(compareSketches(sketch(left), sketch(right))).toBeCloseTo(trueJaccard(left, right), 10)
    }),
  )
})

test('for long texts the similarity is within four standard errors of the true one', () => {
  const random = createRandom(1)
  for (let pair = 0; pair < 200; pair += 1) {
    const words = writeWords(random, 200 + Math.floor(random() * 3_000))
    const other = changeWords(random, words, Math.floor(random() * words.length * 0.2))
    const truth = trueJaccard(words, other)
    const allowed = 4 * Math.sqrt((truth * (1 - truth)) / sketchSize) + 1e-9
    expect(Math.abs(compareSketches(sketch(words), sketch(other)) - truth)).toBeLessThanOrEqual(allowed)
  }
})

test('of 2,000 edited copies at least 99% of those over the threshold are found, and nothing under it', () => {
  const random = createRandom(2)
  const originals = Array.from({ length: 2_000 }, () => writeWords(random, 15 + Math.floor(random() * 110)))
  const index = createNearIndex(0.8, createSketchPool(createHeapMemory().sketches, 500))
  for (const words of originals) index.add(computeNearKey(words))
  let due = 0
  let found = 0
  for (const [item, words] of originals.entries()) {
    const copy = changeWords(random, words, 1 + Math.floor(random() * 6))
    const match = index.find(computeNearKey(copy), () => false)
    if (trueJaccard(words, copy) >= 0.8) {
      due += 1
      if (match?.item === item) found += 1
    } else {
      expect(match).toBeNull()
    }
  }
  expect(due).toBeGreaterThan(300)
  expect(found / due).toBeGreaterThanOrEqual(0.99)
})

test('the index agrees with itself after it has grown past its first tables', () => {
  const random = createRandom(3)
  const index = createNearIndex(0.8, createSketchPool(createHeapMemory().sketches, 500))
  const texts = Array.from({ length: 5_000 }, () => writeWords(random, 30))
  for (const words of texts) index.add(computeNearKey(words))
  for (const item of [0, 1, 1_023, 1_024, 2_048, 4_999]) {
    expect(index.find(computeNearKey(texts[item] ?? []), () => false)).toEqual({ item, similarity: 1 })
  }
})

test('a twin is found in a crowd of prompts from one template, which is not searched whole', () => {
  const template = Array.from({ length: 50 }, (_, index) => `t${index}`)
  const fill = (item: number, last: string): readonly string[] => [
    ...template,
    ...Array.from({ length: 14 }, (_, index) => `own${item}-${index}`),
    last,
  ]
  const index = createNearIndex(0.8, createSketchPool(createHeapMemory().sketches, 500))
  for (let item = 0; item < 5_000; item += 1) index.add(computeNearKey(fill(item, 'original')))
  for (let item = 0; item < 100; item += 1) {
    expect(index.find(computeNearKey(fill(item, 'edited')), () => false)?.item).toBe(item)
  }
})

test('old sketches come back from the archive as they went in, newer ones from memory, and the ring holds no more than its bound', () => {
  const random = createRandom(7)
  const sketches = Array.from({ length: 50 }, () => sketch(writeWords(random, 3 + Math.floor(random() * 200))))
  let archived = 0
  const { sketches: archive } = createHeapMemory()
  const counted = {
    ...archive,
    append: (item: string) => {
      archived += 1
      archive.append(item)
    },
  }
  const pool = createSketchPool(counted, 8)
  for (const one of sketches) pool.append(one)
  expect(archived).toBe(42)
  for (const [item, one] of sketches.entries()) expect([...pool.get(item)]).toEqual([...one])
  expect(() => pool.get(50)).toThrow('no sketch 50')
})
