import type { GradedPrompt } from '../../records/grading.ts'
import { rejectCandidate, rejectSelected } from '../reject.ts'
import { rankOf } from './apply-mixture.ts'
import { describeLoss, isBetter, qualify, type Contender, type SelectContext, type Selected } from './select.ts'

export type QuotaSelectContext = Omit<SelectContext, 'winners'> & {
  /** The mode in which a prompt's row is taken; null when it is not. */
  readonly findMode: (promptId: string) => string | null
  /** Why the quota has no room for a sample. */
  readonly explain: (sample: Selected) => string
}

/**
 * Modes of the candidates that pass, best first, the rank of the best, and whether an auditor accepted it; null when none
 * does. Rejects nothing. Of equal rewards an answer that a regrading kept goes first, so that an edit moves no more rows than
 * it must.
 */
export function findPassedModes(
  row: GradedPrompt,
  context: Omit<SelectContext, 'winners'>,
): { readonly modes: readonly string[]; readonly rank: string; readonly isAccepted: boolean } | null {
  const contenders = rankContenders(row, { ...context, reject: () => undefined })
  const [best] = contenders
  if (best === undefined) return null
  return {
    modes: [...new Set(contenders.map(({ sample }) => sample.mode))],
    rank: rankOf(best.sample, best.graded.writtenUnder !== undefined),
    isAccepted: best.sample.decisions.length > 0,
  }
}

/** Gives the rows that a quota takes, at most one of each prompt; every other candidate is rejected with a code. */
export function* selectByQuota(rows: Iterable<GradedPrompt>, context: QuotaSelectContext): Generator<Selected> {
  for (const row of rows) {
    const contenders = rankContenders(row, context)
    const mode = context.findMode(row.prompt.id)
    const [best] = contenders
    if (best === undefined) {
      if (mode !== null) throw new Error(`no candidate of ${row.prompt.id} passes, but the quota takes one`)
      continue
    }
    const taken = mode === null ? best : contenders.find(({ sample }) => sample.mode === mode)
    if (taken === undefined) throw new Error(`${row.prompt.id} has no candidate of mode ${mode}`)
    for (const loser of contenders) if (loser !== taken) rejectLoser(row, loser, taken, context)
    if (mode !== null) yield taken.sample
    else context.reject(rejectSelected(taken.sample, overQuota(context.explain(taken.sample))))
  }
}

function rankContenders(row: GradedPrompt, context: Omit<SelectContext, 'winners'>): readonly Contender[] {
  return row.candidates
    .flatMap((graded) => qualify(row.prompt, graded, context) ?? [])
    .toSorted((a, b) => (isBetter(a.sample, b.sample) ? -1 : isBetter(b.sample, a.sample) ? 1 : 0))
}

function rejectLoser(row: GradedPrompt, loser: Contender, taken: Contender, context: QuotaSelectContext): void {
  const reason = isBetter(loser.sample, taken.sample)
    ? overQuota(`${context.explain(loser.sample)}; of this prompt it takes candidate ${taken.sample.id}`)
    : ({ stage: 'select', code: 'outranked', detail: describeLoss(taken.sample, loser.sample) } as const)
  context.reject(rejectCandidate(row.prompt, loser.graded, reason, loser.findings))
}

function overQuota(detail: string): { readonly stage: 'select'; readonly code: 'over_quota'; readonly detail: string } {
  return { stage: 'select', code: 'over_quota', detail }
}
