import { UserError } from '../records/user-error.ts'

/** What a scheduler reads; the table in docs/cli.md is checked against this one. */
export const exitCodes = {
  /** Published, or nothing had changed since the build that is published. */
  done: 0,
  /** A defect of this program. */
  bug: 1,
  /** Arguments, config, specs, input files, store or disk: what the user can mend. */
  userError: 2,
  /** The build is whole and held back by a gate. */
  gateFailed: 3,
  /** `--offline`, and some answers are not in the store. */
  offlineMiss: 4,
  /** The provider failed; what was answered is kept, and the same command goes on from there. */
  providerFailed: 5,
  /** `verify` found a difference. */
  verifyFailed: 6,
  /** The run's budget is reached; what was answered is kept, and the same command goes on under a new budget. */
  budgetReached: 7,
  /** Answers are in batches under way; `build --resume` fetches them. */
  submitted: 8,
  /** Another run builds this name; nothing was touched. */
  locked: 9,
  /** Stopped by SIGINT or SIGTERM; the same command goes on from there. */
  interrupted: 130,
} as const

/** How a command ends on an error. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof UserError)) return exitCodes.bug
  return error.code === 'locked' ? exitCodes.locked : exitCodes.userError
}
