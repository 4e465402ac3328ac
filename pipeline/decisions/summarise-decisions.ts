import type { Decision, Standing } from '../records/decision.ts'
import { byTime, findStandingDecisions } from './standing-decisions.ts'

/** All that was decided about one text. */
export type DecidedText = {
  readonly contentDigest: string
  readonly promptId: string
  /** The candidate, the build and its outcome where the text was first read. */
  readonly candidateId: string
  readonly buildId: string
  readonly outcome: string
  /** Null where nobody's accept or reject stands. */
  readonly standing: Standing | null
  /** Flags and comments that were not taken back, in order of time. */
  readonly notes: readonly Decision[]
  /** Everything, in order of time. */
  readonly history: readonly Decision[]
}

/** One entry a text, the last decided first. */
export function summariseDecisions(decisions: readonly Decision[]): readonly DecidedText[] {
  const { find } = findStandingDecisions(decisions)
  const byContent = Map.groupBy(decisions.toSorted(byTime), ({ contentDigest }) => contentDigest)
  return [...byContent]
    .flatMap(([contentDigest, history]): DecidedText[] => {
      const [first] = history
      if (first === undefined) return []
      const { promptId, candidateId, buildId, outcome } = first
      const standing = find(contentDigest)
      return [{ contentDigest, promptId, candidateId, buildId, outcome, standing, notes: findNotes(history), history }]
    })
    .toSorted((a, b) => compareLast(b, a))
}

function compareLast(a: DecidedText, b: DecidedText): number {
  const [lastA, lastB] = [a.history.at(-1), b.history.at(-1)]
  return lastA === undefined || lastB === undefined ? 0 : byTime(lastA, lastB)
}

/** A withdrawal takes back all that its auditor said of the text before. */
function findNotes(history: readonly Decision[]): readonly Decision[] {
  return history.filter(
    ({ action, by }, n) =>
      (action === 'flag' || action === 'comment') &&
      !history.slice(n + 1).some((later) => later.action === 'withdraw' && later.by === by),
  )
}
