import { hash } from 'node:crypto'
import { makeDecision } from '../../pipeline/decisions/make-decision.ts'
import type { Decision } from '../../pipeline/records/decision.ts'

/** A decision about text `n`, one minute after the other. */
export function decide(
  n: number,
  action: Decision['action'],
  by: string,
  minute: number,
  changes: Partial<Decision> = {},
): Decision {
  const { id: _id, ...parts } = {
    id: '',
    action,
    by,
    decidedAt: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
    reason: `why ${minute}`,
    contentDigest: hash('sha256', `text ${n}`),
    promptId: `p_${String(n).padStart(20, '0')}`,
    candidateId: `c_${String(n).padStart(20, '0')}`,
    buildId: 'b-0',
    outcome: 'accepted',
    specDigest: null,
    ...changes,
  }
  return makeDecision(parts)
}
