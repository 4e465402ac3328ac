import type { GradedVerdict } from '../records/verdict.ts'
import { createPairCounter } from './pair-counter.ts'
import type { GraderTally, RowFacts } from './report-data.ts'
import type { TalliedCandidate } from './tally-rows.ts'

export type AllGradersTally = {
  readonly add: (candidate: TalliedCandidate) => void
  readonly read: () => Pick<RowFacts, 'graders' | 'failedTogether' | 'judgedModes'>
}

type Cell = {
  readonly kind: GraderTally['kind']
  graded: number
  ungraded: number
  failed: number
  readonly voteSpans: { single: number; agreed: number; upToThird: number; upToTwoThirds: number; more: number }
}

/**
 * What each grader said, and where graders differ. Rows keep only the verdicts of rules
 * that failed (docs/decisions/0006-drop-passed-rule-verdicts.md): a rule that is on and not there has passed.
 */
export function createGraderTally(rules: readonly string[], judges: readonly string[]): AllGradersTally {
  const cells = new Map<string, Cell>([
    ...rules.map((name) => [name, createCell('rule')] as const),
    ...judges.map((name) => [name, createCell('judge')] as const),
  ])
  const reasons = createPairCounter()
  const [failedTogether, judgedModes] = [createPairCounter(), createPairCounter()]

  return {
    add({ mode, verdicts, failedGraders }) {
      // A reply without an answer was shown to no grader.
      if (mode === null) return
      const failed = new Set(failedGraders)
      const seen = new Map(verdicts.map((verdict) => [verdict.grader, verdict]))
      for (const [name, cell] of cells) {
        const verdict = seen.get(name)
        if (verdict === undefined && cell.kind === 'judge') continue
        if (verdict?.status === 'ungraded') {
          cell.ungraded += 1
          reasons.add(name, verdict.reason)
          continue
        }
        cell.graded += 1
        if (failed.has(name)) cell.failed += 1
        if (verdict !== undefined && cell.kind === 'judge') countVotes(cell, verdict)
      }
      for (const one of failedGraders) for (const other of failedGraders) failedTogether.add(one, other)
      for (const verdict of verdicts) {
        if (verdict.grader !== 'response-mode') continue
        judgedModes.add(mode, verdict.status === 'graded' ? (verdict.labels['mode'] ?? 'ungraded') : 'ungraded')
      }
    },
    read: () => {
      const byReason = reasons.read()
      const graders = [...cells].map(([name, cell]) => [name, { ...cell, ungraded: byReason[name] ?? {} }] as const)
      return {
        graders: Object.fromEntries(graders),
        failedTogether: failedTogether.read(),
        judgedModes: judgedModes.read(),
      }
    },
  }
}

function createCell(kind: GraderTally['kind']): Cell {
  return {
    kind,
    graded: 0,
    ungraded: 0,
    failed: 0,
    voteSpans: { single: 0, agreed: 0, upToThird: 0, upToTwoThirds: 0, more: 0 },
  }
}

/** Against thirds that are not exact: far below the distance of two scores. */
const rounding = 1e-9

function countVotes({ voteSpans }: Cell, { votes }: GradedVerdict): void {
  if (votes.length < 2) {
    voteSpans.single += 1
    return
  }
  const span = Math.max(...votes) - Math.min(...votes) - rounding
  if (span <= 0) voteSpans.agreed += 1
  else if (span <= 1 / 3) voteSpans.upToThird += 1
  else if (span <= 2 / 3) voteSpans.upToTwoThirds += 1
  else voteSpans.more += 1
}
