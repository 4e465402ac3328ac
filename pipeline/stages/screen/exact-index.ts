import { createHash } from 'node:crypto'

const computeKey = (turns: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(turns)).digest().toString('base64', 0, 12)

/**
 * Finds conversations whose normalised turns are equal. A prompt costs about 70 bytes: 16 characters (96 bits) of a
 * SHA-256 and its number, so two unlike prompts among a million share a key with a chance below 1e-16.
 * User and assistant turns alternate, so turns need no role in the key.
 */
export const createExactIndex = () => {
  const items = new Map<string, number>()
  return {
    find: (turns: readonly string[]): number | undefined => items.get(computeKey(turns)),
    add: (turns: readonly string[], item: number): void => {
      items.set(computeKey(turns), item)
    },
  }
}
