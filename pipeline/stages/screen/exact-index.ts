import { createHash } from 'node:crypto'
import { createBandTable, growUint32 } from './band-table.ts'

/** A key in three numbers: 96 bits of a SHA-256. */
const computeKey = (turns: readonly string[]): readonly [number, number, number] => {
  const digest = createHash('sha256').update(JSON.stringify(turns)).digest()
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8)]
}

/**
 * Finds conversations whose normalised turns are equal. A prompt costs 20 to 24 bytes: 96 bits of a SHA-256 in a hash
 * chain, so two unlike prompts among a million share a key with a chance below 1e-16. Items are numbered 0, 1, 2, ... in
 * the order of their addition. User and assistant turns alternate, so turns need no role in the key.
 */
export const createExactIndex = () => {
  const table = createBandTable()
  let rest = new Uint32Array(2048)
  let count = 0
  return {
    find: (turns: readonly string[]): number | undefined => {
      const [first, second, third] = computeKey(turns)
      const candidates = new Set<number>()
      table.collect(first, candidates)
      for (const item of candidates) if (rest[item * 2] === second && rest[item * 2 + 1] === third) return item
      return undefined
    },
    add: (turns: readonly string[]): void => {
      const [first, second, third] = computeKey(turns)
      table.add(first)
      if (count * 2 === rest.length) rest = growUint32(rest)
      rest[count * 2] = second
      rest[count * 2 + 1] = third
      count += 1
    },
  }
}
