import type { BuildCounts } from '../build/build-counts.ts'
import type { RejectionCounts } from '../records/rejection-counts.ts'

/** Rejected rows of one kind in both builds. */
export type RejectionDifference = {
  readonly of: 'prompt' | 'candidate'
  readonly stage: string
  readonly code: string
  readonly a: number
  readonly b: number
}

type Counts = Pick<BuildCounts, 'rejectedPrompts' | 'rejectedCandidates'>

/** Every reason that one of the builds has, also where both have it as often. */
export function diffRejections(a: Counts, b: Counts): readonly RejectionDifference[] {
  return [
    ...diffCounts('prompt', a.rejectedPrompts, b.rejectedPrompts),
    ...diffCounts('candidate', a.rejectedCandidates, b.rejectedCandidates),
  ]
}

function diffCounts(
  of: RejectionDifference['of'],
  a: RejectionCounts,
  b: RejectionCounts,
): readonly RejectionDifference[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((stage) => {
    const codes = new Set([...Object.keys(a[stage] ?? {}), ...Object.keys(b[stage] ?? {})])
    return [...codes]
      .toSorted()
      .map((code) => ({ of, stage, code, a: a[stage]?.[code] ?? 0, b: b[stage]?.[code] ?? 0 }))
  })
}
