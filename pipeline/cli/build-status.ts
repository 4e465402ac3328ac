import type { BuildPhase, BuildResult } from '../build/run-build.ts'
import type { GateResult } from '../gates/gate-result.ts'
import type { BuildCounts } from '../build/build-counts.ts'
import type { Totals } from '../build/ledger.ts'
import type { BudgetState, Caps } from '../models/budget.ts'
import type { EndStatusName } from '../records/end-status.ts'
import type { QuotaOutcome } from '../records/quota-outcome.ts'
import { UserError } from '../records/user-error.ts'
import type { BatchSummary } from './describe-batches.ts'
import type { RetrySummary } from './describe-retries.ts'
import { describeUnanswered } from './describe-unanswered.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'

/** Which run a status is of. */
export type RunFacts = {
  /** Of the build; null where the config cannot be read. */
  readonly name: string | null
  readonly runId: string
  readonly pid: number
  readonly host: string
  /** ISO 8601, UTC. */
  readonly startedAt: string
  /** The run before, as its status was found; null where there is none. */
  readonly previous: EarlierRun | null
}

export type EarlierRun = {
  /** Null where an older version wrote the status. */
  readonly runId: string | null
  /** `killed`: it called itself running, and holds the lock no more. */
  readonly status: string
  readonly exitCode: number | null
  readonly startedAt: string
  readonly finishedAt: string | null
}

/** What `status.json` and `build --json` say: what happened, what it cost, and what to do. */
export type BuildStatus = RunFacts & {
  readonly status: EndStatusName | 'running'
  /** Null while it runs. */
  readonly exitCode: number | null
  readonly buildId: string | null
  readonly path: string | null
  readonly message: string
  /** Failed gates, or the first few requests that have no answer. */
  readonly details: readonly string[]
  /** What each gate says of the build; null where none was asked. Whole in the build's `gates.json`. */
  readonly gates: readonly Pick<GateResult, 'gate' | 'status' | 'summary' | 'findings'>[] | null
  readonly counts: BuildCounts | null
  /** Null without a quota, or where the run ended before its first round. */
  readonly quota: QuotaOutcome | null
  readonly requests: Readonly<Totals> | null
  /** Null where the run had no cap. */
  readonly budget: (Caps & Omit<BudgetState, 'reached' | 'reserved'>) | null
  /** Null where no batch is or was under way. */
  readonly batches: BatchSummary | null
  /** What `--retry-failed` came to; null without it. */
  readonly retries: RetrySummary | null
  /** While it runs: the phase that ended last, or is under way. Null at the end. */
  readonly phase: 'start' | BuildPhase | null
  /** Prompts that are through, of all, while it runs. */
  readonly progress: { readonly done: number; readonly total: number | null } | null
  readonly updatedAt: string
  readonly finishedAt: string | null
}

/** The status of a run that has ended. */
export type EndStatus = BuildStatus & {
  readonly status: EndStatusName
  readonly exitCode: number
  readonly finishedAt: string
}

type Facts = Pick<EndStatus, 'status' | 'exitCode' | 'message' | 'details'>
/** What the end of a run adds to the facts about the run. */
export type EndFacts = Omit<EndStatus, keyof RunFacts | 'phase' | 'progress' | 'updatedAt' | 'finishedAt'>

export function describeResult(result: BuildResult, hopeless: UserError | null, wasSignalled: boolean): Facts {
  switch (result.status) {
    case 'published':
      return { status: 'published', exitCode: exitCodes.done, message: result.buildId, details: [] }
    case 'unchanged':
      return {
        status: 'unchanged',
        exitCode: exitCodes.done,
        message: `${result.buildId} stands already`,
        details: [],
      }
    case 'held':
      return {
        status: 'held',
        exitCode: exitCodes.gateFailed,
        message: 'the build is whole, but a gate failed; it was put aside and `latest` was not moved',
        details: result.failedGates,
      }
    case 'incomplete':
      return describeIncomplete(result, hopeless, wasSignalled)
  }
}

/** The status of a run that has ended just now. */
export function describeEnd(run: RunFacts, end: EndFacts): EndStatus {
  const at = new Date().toISOString()
  return { ...run, ...end, phase: null, progress: null, updatedAt: at, finishedAt: at }
}

/** What a status says of a build where there is none, or none yet. */
export const nothingBuilt = {
  buildId: null,
  path: null,
  gates: null,
  counts: null,
  quota: null,
  requests: null,
  budget: null,
  batches: null,
  retries: null,
} as const

/** What a run spent of its caps; null without one. */
export function describeBudget(
  { maxCostUsd, maxTokens }: Caps,
  budget: Pick<BudgetState, 'spent' | 'assumed' | 'overshoot'> | null,
): BuildStatus['budget'] {
  if (budget === null) return null
  const { spent, assumed, overshoot } = budget
  return { maxCostUsd, maxTokens, spent, assumed, overshoot }
}

/** The status of a run that ended in an error, as far as it is known. */
export function describeError(error: unknown): EndFacts {
  const isUserError = error instanceof UserError
  return {
    status: isUserError && error.code === 'locked' ? 'locked' : 'error',
    exitCode: exitCodeOf(error),
    message: isUserError ? `${error.code}: ${error.message}` : 'a defect of this program; see its output',
    details: isUserError ? [error.remedy] : [],
    ...nothingBuilt,
  }
}

function describeIncomplete(
  { open, counts, quota }: Extract<BuildResult, { status: 'incomplete' }>,
  hopeless: UserError | null,
  wasSignalled: boolean,
): Facts {
  const round = quota === null ? '' : ` in round ${quota.rounds.length} of a quota`
  return describeUnanswered({
    // A run that ends early does not look at all of them.
    waiting: `${counts.openPrompts} of ${counts.prompts} prompts ${wasSignalled || hopeless !== null ? 'are not finished' : 'wait for an answer'}${round}; nothing was published`,
    open: open.map(({ promptId, step, reply }) => ({ name: `${promptId} ${step}`, reply })),
    hopeless,
    wasSignalled,
    resume: 'build --resume',
  })
}
