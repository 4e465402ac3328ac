import { sketchSize } from './shingle-sketch.ts'
import type { NumberedItems } from './screen-memory.ts'

/** So many of the newest sketches are in memory, 32 MB; prompts cut from one template, which are compared most, come together. */
const recentItems = 65_536

export type SketchPool = {
  readonly append: (sketch: Uint32Array) => void
  readonly get: (item: number) => Uint32Array
}

/** Sketches by number: the newest in a ring in memory, older ones in an archive. */
export function createSketchPool(archive: NumberedItems<string>, recent = recentItems): SketchPool {
  // Grows up to its bound, so that a small set stays small.
  const ring: Uint32Array[] = []
  let count = 0
  return {
    append(sketch) {
      const place = count % recent
      const oldest = ring[place]
      if (oldest !== undefined) archive.append(encode(oldest))
      // A copy: the given one may be a view of a far larger array.
      ring[place] = sketch.slice(0, sketchSize)
      count += 1
    },
    get(item) {
      const inRing = item >= count - recent && item < count ? ring[item % recent] : undefined
      if (inRing !== undefined) return inRing
      const archived = archive.get(item)
      if (archived === undefined) throw new Error(`no sketch ${item}`)
      return decode(archived)
    },
  }
}

function encode(sketch: Uint32Array): string {
  return Buffer.from(sketch.buffer, sketch.byteOffset, sketch.byteLength).toString('base64')
}

function decode(text: string): Uint32Array {
  const bytes = Buffer.from(text, 'base64')
  // Read number by number: a view needs bytes that are aligned, which a pooled buffer's may not be.
  return Uint32Array.from({ length: bytes.length / 4 }, (_, n) => bytes.readUInt32LE(n * 4))
}
