import type { Intent } from '../records/prompt.ts'
import { rejectionStages } from '../records/rejection.ts'
import { responseModes } from '../records/response-mode.ts'
import type { AcceptedRow, RejectedRow } from './read-row.ts'

/** Where a prompt stands in a build: the mode of its row, or that it has none. */
export const states = [...responseModes, 'rejected', 'absent'] as const
export type State = (typeof states)[number]

/** What became of one prompt in one build. */
export type Outcome =
  | {
      readonly status: 'accepted'
      readonly row: AcceptedRow
      /** The candidates that lost to it. */
      readonly candidates: readonly RejectedRow[]
    }
  | {
      readonly status: 'rejected'
      /** The best first. Empty: the prompt never got a candidate. */
      readonly candidates: readonly RejectedRow[]
      /** Why the prompt itself was stopped; null when its candidates were. */
      readonly stop: RejectedRow | null
    }
  | { readonly status: 'absent' }

/** One prompt in both builds. */
export type PromptPair = { readonly promptId: string; readonly a: Outcome; readonly b: Outcome }

export type Labels = { readonly category: string | null; readonly intent: Intent | null }

/**
 * An equal copy of a prompt has the prompt's own id and is rejected as its duplicate, so the rows of one id can hold
 * both: a candidate's fate goes before that of a copy, and the later stage before the earlier one.
 */
export function toOutcome(accepted: AcceptedRow | null, rejected: readonly RejectedRow[]): Outcome {
  const candidates = rejected.filter((row) => row.candidateId !== null).toSorted(compareCandidates)
  if (accepted !== null) return { status: 'accepted', row: accepted, candidates }
  if (candidates.length > 0) return { status: 'rejected', candidates, stop: null }
  const stop = rejected.toSorted((a, b) => stageNumber(b) - stageNumber(a))[0]
  return stop === undefined ? { status: 'absent' } : { status: 'rejected', candidates, stop }
}

export function stateOf(outcome: Outcome): State {
  return outcome.status === 'accepted' ? outcome.row.mode : outcome.status
}

/** The row that tells most of an outcome: the accepted one, the best candidate, or the prompt's own rejection. */
export function mainRow(outcome: Outcome): AcceptedRow | RejectedRow | null {
  switch (outcome.status) {
    case 'accepted':
      return outcome.row
    case 'rejected':
      return outcome.candidates[0] ?? outcome.stop
    case 'absent':
      return null
  }
}

/** Reason codes of a prompt without a row, sorted; one a candidate. */
export function codesOf(outcome: Outcome): readonly string[] {
  if (outcome.status !== 'rejected') return []
  const rows = outcome.stop === null ? outcome.candidates : [outcome.stop]
  return rows.map((row) => row.code).toSorted()
}

/** As the later build has them; a prompt that was stopped early may lack them there. */
export function labelsOf({ a, b }: PromptPair): Labels {
  const [before, after] = [mainRow(a), mainRow(b)]
  return {
    category: after?.category ?? before?.category ?? null,
    intent: after?.intent ?? before?.intent ?? null,
  }
}

function stageNumber({ stage }: RejectedRow): number {
  return rejectionStages.indexOf(stage)
}

function compareCandidates(a: RejectedRow, b: RejectedRow): number {
  const byReward = (b.reward ?? -1) - (a.reward ?? -1)
  if (byReward !== 0) return byReward
  return (a.candidateId ?? '') < (b.candidateId ?? '') ? -1 : 1
}
