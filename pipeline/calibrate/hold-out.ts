import { hash } from 'node:crypto'
import type { Example } from './example.ts'

/** Of a digest, as many as a double holds exactly. */
const digits = 12

/**
 * Whether an example is held out: the SHA-256 of its turns' texts followed by its answer, read as a fraction, lies in the
 * upper `share`. It follows from the text alone, so the parts stay the same when rows are added, moved or labelled anew,
 * and copies are never on both sides.
 */
export function isHeldOut({ messages, answer }: Pick<Example, 'messages' | 'answer'>, share: number): boolean {
  const digest = hash('sha256', messages.map(({ content }) => content).join('') + answer)
  return Number.parseInt(digest.slice(0, digits), 16) / 16 ** digits >= 1 - share
}
