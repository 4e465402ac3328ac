import type { Rejection } from '../records/rejection.ts'
import type { Sample } from '../records/sample.ts'
import type { StandingDecision, StandingDecisions } from './standing-decisions.ts'

/**
 * What became of a decision in one build.
 * - `emitted`: accepted by a person, and a row.
 * - `withheld`: rejected by a person, and no row; `conflicting` where another auditor accepted it.
 * - `unusable`: accepted, but no row: another accepted candidate of the prompt came first, or no row can hold its text.
 * - `stale`: its prompt is here, the text that was judged is not: nothing was done.
 * - `absent`: its prompt is not among those that got candidates: nothing was done.
 */
export const decisionEffects = ['emitted', 'withheld', 'conflicting', 'unusable', 'stale', 'absent'] as const
export type DecisionEffect = (typeof decisionEffects)[number]

export type EffectTally = {
  readonly seeRow: (row: Pick<Sample, 'promptId' | 'contentDigest'>) => void
  /** A rejection without a candidate does not count: an equal copy of a prompt has that prompt's id. */
  readonly seeRejection: (rejection: Pick<Rejection, 'promptId' | 'contentDigest'>) => void
  readonly effectOf: (decision: StandingDecision) => DecisionEffect
  readonly count: () => Readonly<Record<DecisionEffect, number>>
}

/** Memory follows the number of decisions, which people make, and not the number of rows. */
export function tallyEffects(standing: StandingDecisions): EffectTally {
  const prompts = new Set(standing.all().map(({ promptId }) => promptId))
  const seenPrompts = new Set<string>()
  const fates = new Map<string, 'row' | 'rejected'>()
  const see = (promptId: string | null, contentDigest: string | null, fate: 'row' | 'rejected'): void => {
    if (contentDigest === null) return
    if (promptId !== null && prompts.has(promptId)) seenPrompts.add(promptId)
    // Two candidates may have one text: that one of them is a row decides.
    if (standing.find(contentDigest) !== null && fates.get(contentDigest) !== 'row') fates.set(contentDigest, fate)
  }
  const effectOf = ({ contentDigest, promptId, verdict, isConflict }: StandingDecision): DecisionEffect => {
    const fate = fates.get(contentDigest)
    if (fate === undefined) return seenPrompts.has(promptId) ? 'stale' : 'absent'
    if (isConflict) return 'conflicting'
    if (verdict === 'reject') return 'withheld'
    return fate === 'row' ? 'emitted' : 'unusable'
  }
  return {
    seeRow: ({ promptId, contentDigest }) => see(promptId, contentDigest, 'row'),
    seeRejection: ({ promptId, contentDigest }) => see(promptId, contentDigest, 'rejected'),
    effectOf,
    count: () => {
      const counts = { emitted: 0, withheld: 0, conflicting: 0, unusable: 0, stale: 0, absent: 0 }
      for (const decision of standing.all()) counts[effectOf(decision)] += 1
      return counts
    },
  }
}
