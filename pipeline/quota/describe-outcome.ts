import type { QuotaLineOutcome, QuotaOutcome, ShortfallReason } from '../records/quota-outcome.ts'
import type { Allocation } from './allocate-rows.ts'
import { listCells } from './choose-draws.ts'
import type { DrawnRounds } from './draw-rounds.ts'
import { cellDimensions, counts, type QuotaLine } from './quota-lines.ts'
import type { QuotaRules } from './quota-rules.ts'

/** What the quota asked for and got, line by line, with the reasons of a shortfall. */
export function describeOutcome(drawn: DrawnRounds, allocation: Allocation, rules: QuotaRules): QuotaOutcome {
  return {
    rounds: drawn.rounds,
    lines: rules.lines.map((line, n) => describeLine(line, allocation.got[n] ?? 0, drawn, rules)),
  }
}

function describeLine(line: QuotaLine, got: number, drawn: DrawnRounds, rules: QuotaRules): QuotaLineOutcome {
  const passed = drawn.kinds
    .filter(({ place, modes }) => modes.some((mode) => counts(line, { ...place, mode })))
    .reduce((all, { prompts }) => all + prompts, 0)
  const strata = drawn.tallies.filter(({ stratum }) => listCells(stratum, rules).some((cell) => counts(line, cell)))
  const sum = (key: 'pool' | 'drawn' | 'candidates' | 'atBound'): number =>
    strata.reduce((all, tally) => all + tally[key], 0)
  const facts = {
    passed,
    pool: sum('pool'),
    drawn: sum('drawn'),
    candidates: sum('candidates'),
    atBound: sum('atBound'),
  }
  const [category = null, intent = null, mode = null] = cellDimensions.map((name) => line.where[name] ?? null)
  const why = got < line.asked ? explainShortfall(got, facts, drawn, rules) : []
  return { name: line.name, where: { category, intent, mode }, asked: line.asked, got, ...facts, why }
}

function explainShortfall(
  got: number,
  { passed, pool, drawn: drawnHere, atBound }: Pick<QuotaLineOutcome, 'passed' | 'pool' | 'drawn' | 'atBound'>,
  { isFinished, tallies }: DrawnRounds,
  { quota: { maxPrompts } }: QuotaRules,
): readonly ShortfallReason[] {
  if (!isFinished) return ['not_finished']
  const allDrawn = tallies.reduce((all, tally) => all + tally.drawn, 0)
  const isBound = drawnHere < pool && maxPrompts !== null && allDrawn >= maxPrompts
  const reasons: readonly (readonly [boolean, ShortfallReason])[] = [
    [drawnHere === pool, 'pool_exhausted'],
    [isBound, 'prompt_bound'],
    [atBound > 0, 'candidate_bound'],
    // Rounds leave prompts of a short line undrawn where other lines have no room for their rows.
    [passed > got || (drawnHere < pool && !isBound), 'crowded_out'],
  ]
  return reasons.flatMap(([holds, reason]) => (holds ? [reason] : []))
}
