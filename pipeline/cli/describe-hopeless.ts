import type { UserError } from '../records/user-error.ts'
import { exitCodes } from './exit-codes.ts'

/** How a run ends whose sending was stopped: by its budget, by what the user can mend, or by a server that is down. */
export function describeHopeless({ code }: UserError): {
  readonly status: 'budget_reached' | 'provider_failed'
  readonly exitCode: number
} {
  if (code === 'budget') return { status: 'budget_reached', exitCode: exitCodes.budgetReached }
  return { status: 'provider_failed', exitCode: code === 'provider' ? exitCodes.userError : exitCodes.providerFailed }
}
