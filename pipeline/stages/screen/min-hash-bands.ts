import { mixBits, type ShingleSet } from './shingle-sketch.ts'

/**
 * 20 bands of 6 minima: two texts share a band with a chance of 1 - (1 - s^6)^20 at Jaccard s, that is 0.998 at 0.8,
 * 0.91 at 0.7, 0.27 at 0.5 and 0.01 at 0.3. More rows a band would lose true twins at 0.8; candidates are verified
 * anyway, so the surplus costs time only.
 */
export const bandCount = 20
const bandRows = 6

// Fixed multipliers (odd, so a bijection on 32 bits) and offsets: the same input gives the same bands on every machine.
const multipliers = Uint32Array.from({ length: bandCount * bandRows }, (_, index) => mixBits(index + 1) | 1)
const offsets = Uint32Array.from({ length: bandCount * bandRows }, (_, index) => mixBits(index + 0x9e3779b9))

/** One 32-bit key a band. The shingle hashes are well mixed, so that multiply-and-add permutations suffice. */
export const computeBands = ({ hashes }: ShingleSet): Uint32Array => {
  const bands = new Uint32Array(bandCount)
  for (let band = 0; band < bandCount; band += 1) {
    let key = band
    for (let row = band * bandRows; row < (band + 1) * bandRows; row += 1) {
      const multiplier = multipliers[row] ?? 1
      const offset = offsets[row] ?? 0
      let minimum = 0xffffffff
      for (const hash of hashes) {
        const permuted = (Math.imul(hash, multiplier) + offset) >>> 0
        if (permuted < minimum) minimum = permuted
      }
      key = mixBits(Math.imul(key, 31) + minimum)
    }
    bands[band] = key
  }
  return bands
}
