import { createBandTable } from './band-table.ts'
import { bandCount, computeBands } from './min-hash-bands.ts'
import { compareSketches, hashShingles, takeSketch } from './shingle-sketch.ts'
import type { SketchPool } from './sketch-pool.ts'

export type NearMatch = { readonly item: number; readonly similarity: number }

/** A text made ready for the index: hashed once, for the search and for the addition after it. */
export type NearKey = { readonly bands: Uint32Array; readonly sketch: Uint32Array }

export const computeNearKey = (words: readonly string[]): NearKey => {
  const shingles = hashShingles(words)
  return { bands: computeBands(shingles), sketch: takeSketch(shingles) }
}

/**
 * MinHash with locality-sensitive hashing: bands propose candidates, and the Jaccard similarity of the stored shingles
 * decides. In memory are 240 to 320 bytes of bands a text, whatever its length; the shingles are in the pool.
 */
export const createNearIndex = (threshold: number, sketches: SketchPool) => {
  const tables = Array.from({ length: bandCount }, () => createBandTable())
  return {
    /** The most similar item at or above the threshold, the earliest of equals; `isExempt` items are passed over. */
    find: ({ bands, sketch }: NearKey, isExempt: (item: number) => boolean): NearMatch | null => {
      const candidates = new Set<number>()
      for (const [band, table] of tables.entries()) table.collect(bands[band] ?? 0, candidates)
      let best: NearMatch | null = null
      for (const item of candidates) {
        const similarity = compareSketches(sketch, sketches.get(item))
        if (similarity < threshold || isExempt(item)) continue
        if (best === null || similarity > best.similarity || (similarity === best.similarity && item < best.item)) {
          best = { item, similarity }
        }
      }
      return best
    },
    /** Items are numbered in the order of their addition, from 0. */
    add: ({ bands, sketch }: NearKey): void => {
      for (const [band, table] of tables.entries()) table.add(bands[band] ?? 0)
      sketches.append(sketch)
    },
  }
}
