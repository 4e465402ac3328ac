import { measureAgreement } from '../calibrate/measure-agreement.ts'
import type { Agreement } from '../records/calibration.ts'
import type { Decision } from '../records/decision.ts'
import { findStandingDecisions, type StandingDecision } from './standing-decisions.ts'

export type AuditorCounts = {
  readonly by: string
  readonly accept: number
  readonly reject: number
  readonly flag: number
  readonly comment: number
  readonly withdraw: number
}

/** Everything that each auditor ever said, in order of name. */
export function countByAuditor(decisions: readonly Decision[]): readonly AuditorCounts[] {
  const byAuditor = Map.groupBy(decisions, ({ by }) => by)
  return [...byAuditor]
    .map(([by, own]) => {
      const of = (action: Decision['action']): number => own.filter((one) => one.action === action).length
      return {
        by,
        accept: of('accept'),
        reject: of('reject'),
        flag: of('flag'),
        comment: of('comment'),
        withdraw: of('withdraw'),
      }
    })
    .toSorted((a, b) => (a.by < b.by ? -1 : 1))
}

export type AuditorPair = { readonly auditors: readonly [string, string]; readonly agreement: Agreement }

/** Accepts and rejects that stand, for every two auditors who judged a text both. */
export function compareAuditors(decisions: readonly Decision[]): readonly AuditorPair[] {
  const standing = findStandingDecisions(decisions).all()
  const names = [...new Set(standing.flatMap(({ rulings }) => rulings.map(({ by }) => by)))].toSorted()
  const pairs = names.flatMap((first, n) => names.slice(n + 1).map((second) => [first, second] as const))
  return pairs.flatMap((auditors) => {
    const rated = standing.flatMap((one) => {
      const [first, second] = auditors.map((by) => wordOf(one, by))
      return first === undefined || second === undefined ? [] : [{ first, second }]
    })
    if (rated.length === 0) return []
    return [{ auditors, agreement: measureAgreement(rated, { classes: ['accept', 'reject'], isOrdered: false }) }]
  })
}

function wordOf({ rulings }: StandingDecision, by: string): string | undefined {
  return rulings.find((ruling) => ruling.by === by)?.action
}
