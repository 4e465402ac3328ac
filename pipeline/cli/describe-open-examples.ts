import type { CalibrationRun } from '../calibrate/calibrate-grader.ts'
import type { UserError } from '../records/user-error.ts'
import { describeHopeless } from './describe-hopeless.ts'
import { exitCodes } from './exit-codes.ts'

export type OpenFacts = {
  readonly status: 'offline_miss' | 'provider_failed' | 'budget_reached' | 'interrupted'
  readonly exitCode: number
  readonly message: string
  readonly details: readonly string[]
}

/** So many open examples are named; all are counted. */
const named = 20

/** Why a calibration has no figures, as a build that waits for answers would say it. */
export function describeOpenExamples(
  { open, examples }: Extract<CalibrationRun, { status: 'incomplete' }>,
  hopeless: UserError | null,
): OpenFacts {
  const details = open
    .slice(0, named)
    .map(({ location, reply }) => `${location}: ${reply.digest.slice(0, 12)} ${reply.detail}`)
  const waiting = `${open.length} of ${examples} examples wait for an answer; nothing was measured`
  if (hopeless !== null) {
    return { ...describeHopeless(hopeless), message: `${hopeless.message}; ${hopeless.remedy} ${waiting}`, details }
  }
  const reasons = new Set(open.map(({ reply }) => reply.reason))
  const message = `${waiting}; the same command goes on from here`
  if (reasons.has('interrupted')) {
    return { status: 'interrupted', exitCode: exitCodes.interrupted, message, details: [] }
  }
  if (reasons.has('offline_miss')) {
    const missing = `${waiting}; their answers are not in the store, and --offline sends nothing`
    return { status: 'offline_miss', exitCode: exitCodes.offlineMiss, message: missing, details }
  }
  return { status: 'provider_failed', exitCode: exitCodes.providerFailed, message, details }
}
