import { hash } from 'node:crypto'
import type { Candidate } from '../records/candidate.ts'
import type { Message } from '../records/message.ts'

/**
 * The identity of what an auditor reads and judges: SHA-256 (hex) over the conversation and the candidate's mode,
 * reasoning and answer. Who wrote it, under which policy, and what graders said of it do not count, so a decision
 * outlives all of these and ends with the text.
 */
export function digestContent(messages: readonly Message[], candidate: Candidate): string {
  const turns = messages.map(({ role, content }) => [role, content])
  const parts =
    candidate.status === 'written'
      ? [candidate.mode, candidate.reasoning, candidate.answer]
      : [null, null, candidate.text]
  return hash('sha256', JSON.stringify(['content', 1, turns, ...parts]))
}
