import { createBandTable, growUint32 } from './band-table.ts'
import { bandCount, computeBands } from './min-hash-bands.ts'
import { compareSketches, hashShingles, takeSketch } from './shingle-sketch.ts'

export type NearMatch = { readonly item: number; readonly similarity: number }

/** A text made ready for the index: hashed once, for the search and for the addition after it. */
export type NearKey = { readonly bands: Uint32Array; readonly sketch: Uint32Array }

export const computeNearKey = (words: readonly string[]): NearKey => {
  const shingles = hashShingles(words)
  return { bands: computeBands(shingles), sketch: takeSketch(shingles) }
}

/**
 * MinHash with locality-sensitive hashing: bands propose candidates, and the Jaccard similarity of the stored shingles
 * decides. At most 512 bytes of shingles and 240 to 320 of bands a text, whatever its length.
 */
export const createNearIndex = (threshold: number) => {
  const tables = Array.from({ length: bandCount }, () => createBandTable())
  let pool = new Uint32Array(1024)
  let ends = new Uint32Array(1024)
  let count = 0

  const sketchOf = (item: number): Uint32Array => pool.subarray(item === 0 ? 0 : ends[item - 1], ends[item])

  return {
    /** The most similar item at or above the threshold, the earliest of equals; `isExempt` items are passed over. */
    find: ({ bands, sketch }: NearKey, isExempt: (item: number) => boolean): NearMatch | null => {
      const candidates = new Set<number>()
      for (const [band, table] of tables.entries()) table.collect(bands[band] ?? 0, candidates)
      let best: NearMatch | null = null
      for (const item of candidates) {
        if (isExempt(item)) continue
        const similarity = compareSketches(sketch, sketchOf(item))
        if (similarity < threshold) continue
        if (best === null || similarity > best.similarity || (similarity === best.similarity && item < best.item)) {
          best = { item, similarity }
        }
      }
      return best
    },
    /** Items are numbered in the order of their addition, from 0. */
    add: ({ bands, sketch }: NearKey): void => {
      for (const [band, table] of tables.entries()) table.add(bands[band] ?? 0)
      const start = count === 0 ? 0 : (ends[count - 1] ?? 0)
      while (start + sketch.length > pool.length) pool = growUint32(pool)
      if (count === ends.length) ends = growUint32(ends)
      pool.set(sketch, start)
      ends[count] = start + sketch.length
      count += 1
    },
  }
}
