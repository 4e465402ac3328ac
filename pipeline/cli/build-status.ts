import type { BuildResult } from '../build/run-build.ts'
import type { GateResult } from '../gates/gate-result.ts'
import type { BuildCounts } from '../build/build-counts.ts'
import type { Totals } from '../build/ledger.ts'
import type { BudgetState, Caps } from '../models/budget.ts'
import { UserError } from '../records/user-error.ts'
import { renderBatches, type BatchSummary } from './describe-batches.ts'
import { describeHopeless } from './describe-hopeless.ts'
import { exitCodes } from './exit-codes.ts'

/** What `status.json` and `build --json` say: what happened, what it cost, and what to do. */
export type BuildStatus = {
  readonly status:
    | 'published'
    | 'unchanged'
    | 'held'
    | 'offline_miss'
    | 'provider_failed'
    | 'budget_reached'
    | 'submitted'
    | 'interrupted'
    | 'error'
  readonly exitCode: number
  readonly name: string
  readonly buildId: string | null
  readonly path: string | null
  readonly message: string
  /** Failed gates, or the first few requests that have no answer. */
  readonly details: readonly string[]
  /** What each gate says of the build; null where none was asked. Whole in the build's `gates.json`. */
  readonly gates: readonly Pick<GateResult, 'gate' | 'status' | 'summary' | 'findings'>[] | null
  readonly counts: BuildCounts | null
  readonly requests: Readonly<Totals> | null
  /** Null where the run had no cap. */
  readonly budget: (Caps & Omit<BudgetState, 'reached' | 'reserved'>) | null
  /** Null where no batch is or was under way. */
  readonly batches: BatchSummary | null
  readonly startedAt: string
  readonly finishedAt: string
}

type Facts = Pick<BuildStatus, 'status' | 'exitCode' | 'message' | 'details'>

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

/** The status of a run that ended in an error, as far as it is known. */
export function describeError(error: unknown): Omit<BuildStatus, 'name' | 'startedAt' | 'finishedAt'> {
  const isUserError = error instanceof UserError
  return {
    status: 'error',
    exitCode: isUserError ? exitCodes.userError : exitCodes.bug,
    message: isUserError ? `${error.code}: ${error.message}` : 'a defect of this program; see its output',
    details: isUserError ? [error.remedy] : [],
    buildId: null,
    path: null,
    gates: null,
    counts: null,
    requests: null,
    budget: null,
    batches: null,
  }
}

function describeIncomplete(
  { open, counts }: Extract<BuildResult, { status: 'incomplete' }>,
  hopeless: UserError | null,
  wasSignalled: boolean,
): Facts {
  const details = open.map(
    ({ promptId, step, reply }) => `${promptId} ${step}: ${reply.digest.slice(0, 12)} ${reply.detail}`,
  )
  const waiting = `${counts.openPrompts} of ${counts.prompts} prompts wait for an answer; nothing was published`
  if (hopeless !== null) {
    const message = `${hopeless.message}; ${hopeless.remedy} ${waiting}`
    return { ...describeHopeless(hopeless), message, details }
  }
  const reasons = new Set(open.map(({ reply }) => reply.reason))
  if (reasons.has('batched')) {
    const message = `${waiting}; batches are under way and go on without us: build --resume fetches what they answer`
    return wasSignalled
      ? { status: 'interrupted', exitCode: exitCodes.interrupted, message, details: [] }
      : { status: 'submitted', exitCode: exitCodes.submitted, message, details: [] }
  }
  if (reasons.has('interrupted')) {
    const message = `${waiting}; the same command goes on from here`
    return { status: 'interrupted', exitCode: exitCodes.interrupted, message, details: [] }
  }
  if (reasons.has('offline_miss')) {
    const message = `${waiting}; their answers are not in the store, and --offline sends nothing`
    return { status: 'offline_miss', exitCode: exitCodes.offlineMiss, message, details }
  }
  const message = `${waiting}; the same command goes on from here`
  return { status: 'provider_failed', exitCode: exitCodes.providerFailed, message, details }
}

/** The summary for a person. */
export function renderStatus(status: BuildStatus): string {
  const lines = [`${status.status}: ${status.message}`, ...status.details.map((detail) => `  ${detail}`)]
  const { counts, requests, path } = status
  if (counts !== null) {
    const rejected = Object.entries({ ...counts.rejectedPrompts })
    lines.push(
      `prompts     ${counts.prompts} read${rejected.map(([stage, codes]) => ` · ${stage}: ${renderCodes(codes)}`).join('')}`,
      `candidates  ${counts.candidates} · accepted ${counts.accepted}${Object.entries(counts.rejectedCandidates)
        .map(([stage, codes]) => ` · ${stage}: ${renderCodes(codes)}`)
        .join('')}`,
      `accepted    ${renderCodes(counts.modes)} · ${renderCodes(counts.intents)}`,
    )
    const decided = Object.fromEntries(Object.entries(counts.decisions).filter(([, count]) => count > 0))
    if (Object.keys(decided).length > 0) lines.push(`decisions   ${renderCodes(decided)}`)
  }
  if (requests !== null && status.status === 'unchanged' && requests.reused === 0) {
    lines.push('requests    none: nothing that the build depends on has changed')
  } else if (requests !== null) {
    const { run, build } = requests
    const cost =
      run.withoutPrice > 0
        ? `$${run.costUsd.toFixed(4)} + ${run.withoutPrice} answers without a price`
        : `$${run.costUsd.toFixed(4)}`
    lines.push(
      `requests    ${requests.reused} reused · ${run.answers} sent${requests.unavailable > 0 ? ` · ${requests.unavailable} unanswered` : ''} · ${cost}`,
      `tokens      ${build.promptTokens} in, ${build.completionTokens} out behind this build; ${run.promptTokens} in, ${run.completionTokens} out paid in this run`,
    )
  }
  if (status.batches !== null) lines.push(`batches     ${renderBatches(status.batches)}`)
  if (status.budget !== null) lines.push(`budget      ${renderBudget(status.budget)}`)
  if (status.gates !== null) lines.push(`gates       ${renderGates(status.gates)}`)
  if (path !== null) lines.push(`output      ${path}`)
  return lines.join('\n')
}

function renderGates(gates: NonNullable<BuildStatus['gates']>): string {
  const count = (status: GateResult['status']): number => gates.filter((one) => one.status === status).length
  return `${count('passed')} passed, ${count('failed')} failed, ${count('off')} off`
}

function renderCodes(codes: Readonly<Record<string, number>>): string {
  return Object.entries(codes)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ')
}

function renderBudget({
  maxCostUsd,
  maxTokens,
  spent,
  assumed,
  overshoot,
}: NonNullable<BuildStatus['budget']>): string {
  const parts = [
    ...(maxCostUsd === null ? [] : [`$${spent.costUsd.toFixed(4)} of $${maxCostUsd} spent`]),
    ...(maxTokens === null ? [] : [`${spent.tokens} of ${maxTokens} tokens spent`]),
    ...(assumed.tokens === 0
      ? []
      : [
          `of these $${assumed.costUsd.toFixed(4)} and ${assumed.tokens} tokens are the worst case of tries whose cost is not known`,
        ]),
    ...(overshoot.costUsd === 0
      ? []
      : [`$${overshoot.costUsd.toFixed(4)} over: answers cost more than their worst case`]),
    ...(overshoot.tokens === 0 ? [] : [`${overshoot.tokens} tokens over: answers took more than their worst case`]),
  ]
  return parts.join('; ')
}
