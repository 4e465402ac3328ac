import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { z } from 'zod'
import { UserError } from '../records/user-error.ts'
import { decisionSchema, type Decision } from '../records/decision.ts'

/**
 * A decision with its id.
 * @throws UserError `decision` when a part is missing or has another form.
 */
export function makeDecision(parts: Omit<Decision, 'id'>): Decision {
  const parsed = decisionSchema.omit({ id: true }).safeParse(parts)
  if (parsed.success) return { id: digestDecision(parsed.data), ...parsed.data }
  throw new UserError('decision', `expected a decision with all its parts, got: ${z.prettifyError(parsed.error)}`, {
    remedy: 'Say who decides (at most 200 characters) and why (at most 10,000).',
  })
}

export function digestDecision(parts: Omit<Decision, 'id'>): string {
  return `d_${hash('sha256', canonicalize(parts) ?? '').slice(0, 20)}`
}
