import type { AuditItem } from './read-item.ts'

/** Findings of graders after which a text is taken for disturbing until someone has looked. */
const disturbingCodes: ReadonlySet<string> = new Set(['unsafe', 'ungraded', 'rule_failed', 'content_filter'])

/**
 * Whether the texts of a prompt may disturb: it is not known to be benign, or any of its candidates is unsafe, could not
 * be graded, or failed a rule. In doubt they are covered: one look too many cannot be taken back.
 */
export function mayDisturb({ intent, candidates, stops }: AuditItem): boolean {
  if (intent !== 'benign') return true
  return [...candidates, ...stops].some(
    ({ code, safety, verdicts }) =>
      disturbingCodes.has(code) ||
      (safety !== null && safety < 1) ||
      verdicts.some((verdict) => verdict.status === 'ungraded' || verdict.outcome === 'fail'),
  )
}
