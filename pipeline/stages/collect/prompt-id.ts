import { createHash } from 'node:crypto'
import type { Message } from '../../records/message.ts'

/**
 * Version 1 of the prompt's identity: `p_` and the first 20 hex digits (80 bits) of the SHA-256 of the UTF-8 text
 * `JSON.stringify([[role, content], ...])`. Nothing is normalised: one character, role or turn more is another prompt.
 * Equal conversations have equal ids wherever they come from. Another form of identity bumps the collect stage's
 * version, because ids reach families, splits and the order in the shards.
 */
export const computePromptId = (messages: readonly Message[]): string => {
  const canonical = JSON.stringify(messages.map(({ role, content }) => [role, content]))
  return `p_${createHash('sha256').update(canonical).digest().toString('hex', 0, 10)}`
}
