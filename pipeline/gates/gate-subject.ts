import type { BuildCounts } from '../build/build-counts.ts'
import type { QuotaOutcome } from '../records/quota-outcome.ts'
import type { Rejection } from '../records/rejection.ts'
import type { Sample } from '../records/sample.ts'
import { readJudging, type Judging } from '../records/verdict.ts'
import type { SpoolTable } from '../spool/spool.ts'
import { toAsync } from '../stages/row-streams.ts'

/** A row about to be published, as far as a gate looks at it. */
export type GateRow = Pick<
  Sample,
  'id' | 'promptId' | 'family' | 'category' | 'intent' | 'mode' | 'reward' | 'prompt' | 'reasoning' | 'answer'
>

/** Any candidate of a build, accepted or not. */
export type GateCandidate = Judging & {
  readonly promptId: string
  readonly category: string
  readonly isAccepted: boolean
}

/** What gates judge: the rows that would be published, whether they wait in a run or stand in a folder. */
export type GateSubject = {
  readonly buildId: string
  readonly counts: Pick<
    BuildCounts,
    'accepted' | 'gradedPrompts' | 'rejectedPrompts' | 'judged' | 'ungraded' | 'modes' | 'intents' | 'categories'
  >
  /** What the build's quota got; null without one. */
  readonly quota: QuotaOutcome | null
  readonly rows: () => AsyncIterable<GateRow>
  readonly candidates: () => AsyncIterable<GateCandidate>
}

type RunRows = { readonly samples: SpoolTable<Sample>; readonly rejections: SpoolTable<Rejection> }

/** The build that a run has just put together. */
export function describeRun(
  buildId: string,
  counts: GateSubject['counts'],
  rows: RunRows,
  quota: QuotaOutcome | null = null,
): GateSubject {
  return {
    buildId,
    counts,
    quota,
    rows: () => toAsync(rows.samples.read()),
    candidates: () => toAsync(readCandidates(rows)),
  }
}

function* readCandidates({ samples, rejections }: RunRows): Generator<GateCandidate> {
  for (const { promptId, category, verdicts } of samples.read()) {
    yield { promptId, category, isAccepted: true, ...readJudging(verdicts) }
  }
  for (const { promptId, candidateId, category, verdicts } of rejections.read()) {
    if (promptId === null || candidateId === null || category === null) continue
    yield { promptId, category, isAccepted: false, ...readJudging(verdicts) }
  }
}
