import type { DecisionEffect, EffectTally } from '../decisions/decision-effects.ts'
import { rejectionStages, type Rejection } from '../records/rejection.ts'
import { flattenCounts, type RejectionCounts } from '../records/rejection-counts.ts'
import type { Sample } from '../records/sample.ts'
import { readJudging } from '../records/verdict.ts'

export type BuildCounts = {
  /** Rows that the importers read; one may expand to several prompts. */
  readonly rowsRead: number
  readonly badRows: number
  readonly prompts: number
  /** Prompts that got candidates and were graded. */
  readonly gradedPrompts: number
  /** Prompts that wait for an answer, or were not gone through by a run that ended early; a build with any is not published. */
  readonly openPrompts: number
  readonly candidates: number
  readonly accepted: number
  readonly rejectedPrompts: RejectionCounts
  readonly rejectedCandidates: RejectionCounts
  readonly modes: Readonly<Record<string, number>>
  readonly intents: Readonly<Record<string, number>>
  readonly categories: Readonly<Record<string, number>>
  /** Candidates of which a judge was asked, and those of them that a judge could not grade. */
  readonly judged: number
  readonly ungraded: number
  /** What became of the texts that auditors decided about, each once. */
  readonly decisions: Readonly<Record<DecisionEffect, number>>
}

export type Counter = {
  readonly countRow: () => void
  readonly countPrompt: () => void
  readonly countGradedPrompt: (candidates: number) => void
  readonly countOpenPrompt: () => void
  readonly countRejection: (rejection: Rejection) => void
  readonly countAccepted: (sample: Sample) => void
  readonly read: () => BuildCounts
}

export function createCounter(effects: EffectTally): Counter {
  const plain = { rowsRead: 0, badRows: 0, prompts: 0, gradedPrompts: 0, openPrompts: 0, candidates: 0, accepted: 0 }
  const rejectedPrompts = new Map<string, Map<string, number>>()
  const rejectedCandidates = new Map<string, Map<string, number>>()
  const [modes, intents, categories] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()]
  let judged = 0
  let ungraded = 0
  const countJudged = ({ verdicts }: Pick<Rejection, 'verdicts'>): void => {
    const { isJudged, isUngraded } = readJudging(verdicts)
    if (isJudged) judged += 1
    if (isUngraded) ungraded += 1
  }
  return {
    countRow: () => void (plain.rowsRead += 1),
    countPrompt: () => void (plain.prompts += 1),
    countGradedPrompt(candidates) {
      plain.gradedPrompts += 1
      plain.candidates += candidates
    },
    countOpenPrompt: () => void (plain.openPrompts += 1),
    countRejection(rejection) {
      if (rejection.stage === 'collect') plain.badRows += 1
      const counts = rejection.candidateId === null ? rejectedPrompts : rejectedCandidates
      const codes = counts.get(rejection.stage) ?? new Map<string, number>()
      counts.set(rejection.stage, codes)
      increment(codes, rejection.code)
      countJudged(rejection)
      effects.seeRejection(rejection)
    },
    countAccepted(sample) {
      plain.accepted += 1
      increment(modes, sample.mode)
      increment(intents, sample.intent)
      increment(categories, sample.category)
      countJudged(sample)
      effects.seeRow(sample)
    },
    read: () => ({
      ...plain,
      rejectedPrompts: toStages(rejectedPrompts),
      rejectedCandidates: toStages(rejectedCandidates),
      modes: toRecord(modes),
      intents: toRecord(intents),
      categories: toRecord(categories),
      judged,
      ungraded,
      decisions: effects.count(),
    }),
  }
}

/**
 * Nothing vanishes: every prompt is graded, open or rejected, and every candidate is accepted or rejected.
 * Returns the sums that do not come out even; a finished build with any is a bug and is not published.
 */
export function findImbalances(counts: BuildCounts): readonly string[] {
  const { collect: _badRows, ...promptStages } = counts.rejectedPrompts
  const promptsRejected = sum(promptStages)
  const candidatesRejected = sum(counts.rejectedCandidates)
  const problems: string[] = []
  if (counts.prompts !== promptsRejected + counts.gradedPrompts + counts.openPrompts) {
    problems.push(
      `${counts.prompts} prompts are not ${promptsRejected} rejected + ${counts.gradedPrompts} graded + ${counts.openPrompts} open`,
    )
  }
  if (counts.candidates !== counts.accepted + candidatesRejected) {
    problems.push(
      `${counts.candidates} candidates are not ${counts.accepted} accepted + ${candidatesRejected} rejected`,
    )
  }
  return problems
}

export function sum(counts: RejectionCounts): number {
  return flattenCounts(counts).reduce((all, { count }) => all + count, 0)
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function toRecord(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function toStages(counts: ReadonlyMap<string, ReadonlyMap<string, number>>): Record<string, Record<string, number>> {
  const stages = rejectionStages.filter((stage) => counts.has(stage))
  return Object.fromEntries(stages.map((stage) => [stage, toRecord(counts.get(stage) ?? new Map<string, number>())]))
}
