import type { Manifest } from '../build/manifest.ts'
import type { DrawnRounds } from '../quota/draw-rounds.ts'
import type { QuotaRules } from '../quota/quota-rules.ts'

export type LaterRounds = {
  /** Prompts that no round has drawn and that may be drawn. */
  readonly promptsLeft: number
  /** Of these, prompts that the source leaves without a label. */
  readonly unlabelledLeft: number
  readonly expectedPrompts: number
  /** Candidates at most, of prompts that are left and of those that were drawn. */
  readonly maxCandidates: number
}

/**
 * What rounds after the one that lacks answers may draw. At least nothing; at most all that the quota allows; expected: the
 * prompts that its rows take at the share that passed in the build planned against, or in the rounds before, or is assumed.
 * Lines that draw from few prompts may need more than that.
 */
export function expectLaterRounds(
  { tallies, kinds, rounds }: DrawnRounds,
  { quota }: QuotaRules,
  candidates: number,
  against: Manifest | null,
): LaterRounds {
  const sum = (read: (tally: DrawnRounds['tallies'][number]) => number): number =>
    tallies.reduce((all, tally) => all + read(tally), 0)
  const drawn = sum((tally) => tally.drawn)
  const bound = quota.maxPrompts === null ? Infinity : Math.max(0, quota.maxPrompts - drawn)
  const promptsLeft = Math.min(
    sum(({ pool, drawn: own }) => pool - own),
    bound,
  )
  const unlabelledLeft = sum(({ stratum: { category, intent }, pool, drawn: own }) =>
    category === null || intent === null ? pool - own : 0,
  )
  const before = rounds.slice(0, -1).reduce((all, round) => all + round.prompts, 0)
  const passed = kinds.reduce((all, { prompts }) => all + prompts, 0)
  const share = measureShare(against) ?? (before > 0 && passed > 0 ? Math.min(1, passed / before) : quota.assumedYield)
  return {
    promptsLeft,
    unlabelledLeft: Math.min(unlabelledLeft, promptsLeft),
    expectedPrompts: Math.min(promptsLeft, Math.max(0, Math.ceil(quota.accepted / share) - drawn)),
    maxCandidates: promptsLeft * quota.maxCandidates + drawn * (quota.maxCandidates - candidates),
  }
}

/** Share of graded prompts that passed, also of those that a quota had no room for. */
function measureShare(against: Manifest | null): number | null {
  if (against === null || against.counts.gradedPrompts === 0) return null
  const passed = against.quota?.lines[0]?.passed ?? against.counts.accepted
  return passed === 0 ? null : passed / against.counts.gradedPrompts
}
