import { join } from 'node:path'
import type { AnswerStore } from '../answers/answer-store.ts'
import { createAttempts, type Attempts } from '../answers/attempts.ts'
import { importRecording } from '../answers/recording.ts'
import type { FailedRequests } from '../build/find-failed-requests.ts'
import { digestInputs } from '../build/fingerprint.ts'
import type { ResolvedBuild } from '../build/resolve-build.ts'
import { runBuild, type BuildDependencies, type BuildResult } from '../build/run-build.ts'
import type { BuildLog } from '../cli/build-log.ts'
import type { BatchSummary } from '../cli/describe-batches.ts'
import { describeHopeless } from '../cli/describe-hopeless.ts'
import { renderRetries, summariseRetries, type RetrySummary } from '../cli/describe-retries.ts'
import type { Environment } from '../cli/environment.ts'
import { openCalibrations } from '../cli/open-calibrations.ts'
import { openDecisions } from '../cli/open-decisions.ts'
import { findEarlierBuild } from '../cli/open-build.ts'
import { openRunner, type RunnerOptions } from '../cli/open-runner.ts'
import { openAnswerStore } from '../cli/open-store.ts'
import { isAbort, type Interruption } from '../cli/signals.ts'
import { createPriceLookup } from '../config/price-table.ts'
import type { BudgetState } from '../models/budget.ts'
import { checkPlan, readPlan } from '../plan/check-plan.ts'
import type { RetryCode } from '../records/retry.ts'
import { UserError } from '../records/user-error.ts'

/** How a build that is resolved is to be run. */
export type RunSettings = Pick<RunnerOptions, 'kind' | 'isDetached'> & {
  readonly strategy: 'regenerate' | 'regrade-first'
  /** The build to regrade; default: the latest. */
  readonly against?: string | undefined
  /** The path of a plan that the inputs must be those of. */
  readonly plan?: string | undefined
  readonly recompute: boolean
  readonly keepStages: boolean
  /** Ask again for what failed so in the newest build; null: for nothing. */
  readonly retryFailed: readonly RetryCode[] | null
}

export type StoreSurroundings = {
  readonly interruption: Interruption
  readonly env?: Environment | undefined
  readonly log: BuildLog
  /** Told of the run as it goes. */
  readonly watchers: Pick<BuildDependencies, 'onProgress' | 'onPhaseEnd' | 'onReply'>
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly runId: string
}

export type BuildRun = {
  readonly result: BuildResult | 'interrupted'
  readonly hopeless: UserError | null
  readonly budget: BudgetState | null
  readonly batches: BatchSummary | null
  /** Null where nothing was to be asked again by option. */
  readonly retries: RetrySummary | null
}

/**
 * Opens what a build needs, runs it, and closes that again.
 * @throws UserError for what the caller can mend; what was answered is kept.
 */
export async function runWithStore(
  resolved: ResolvedBuild,
  settings: RunSettings,
  { interruption, env, log, watchers, startedAt, runId }: StoreSurroundings,
): Promise<BuildRun> {
  const { config } = resolved
  checkRetrying(settings)
  let retries: RetrySummary | null = null
  let hopeless: UserError | null = null
  const onHopeless = (error: UserError): void => {
    if (hopeless !== null) return
    hopeless = error
    const { code, message, remedy } = error
    log.event('error', describeHopeless(error).status, { code, message, remedy })
    interruption.giveUp(error)
  }
  const store = await openAnswerStore(resolved.storePath, env)
  const { kind, isDetached } = settings
  const runner = await openRunner({
    kind,
    isDetached,
    resolved,
    store,
    interruption,
    onHopeless,
    note: log.note,
    watch: log.watch,
    env,
  }).catch(async (error: unknown) => {
    await store.close()
    throw error
  })
  const readEnd = async (): Promise<Pick<BuildRun, 'budget' | 'batches' | 'retries'>> => ({
    retries,
    budget: runner.readBudget(),
    batches: await runner.readBatches(startedAt),
  })
  try {
    for (const path of resolved.recordings) await importRecording(path, store)
    const decisions = await openDecisions(resolved, env)
    const earlier = settings.strategy === 'regrade-first' ? await findEarlierBuild(resolved, settings.against) : null
    const regrade = earlier === null ? null : { folder: earlier.folder, buildId: earlier.manifest.buildId }
    const noted = await store.listRetries()
    const failed = await findFailed(resolved, settings.retryFailed, { store, attempts: createAttempts(noted) })
    if (settings.plan !== undefined) {
      const state = {
        storeId: await store.identify(),
        decisions: decisions.digest,
        retries: createAttempts([...noted, ...(failed?.failures ?? [])]).digest,
        regrade: regrade?.buildId ?? null,
      }
      const inputs = await digestInputs(resolved, state)
      const planned = { name: config.name, inputs, regrade: regrade?.buildId ?? null }
      checkPlan(await readPlan(settings.plan), planned, settings.plan)
    }
    if (failed !== null) {
      await store.addRetries(failed.failures.map((failure) => ({ ...failure, runId, at: startedAt })))
      retries = summariseRetries(failed)
      log.note(`--retry-failed: ${renderRetries(retries)}`)
    }
    const dependencies = {
      store,
      decisions,
      calibrations: await openCalibrations(resolved, env),
      drain: interruption.drain,
      priceOf: createPriceLookup(config),
      timestamp: () => new Date().toISOString(),
      now: () => performance.now(),
      ...watchers,
      keepStages: settings.keepStages,
      recompute: settings.recompute,
      regrade,
      giveUp: interruption.giveUp,
    }
    const result = await runner.run((answering) => runBuild(resolved, { ...dependencies, ...answering }))
    return { result, hopeless, ...(await readEnd()) }
  } catch (error) {
    if (interruption.wasSignalled() && isAbort(error)) {
      return { result: 'interrupted', hopeless: null, ...(await readEnd()) }
    }
    throw error
  } finally {
    log.stop()
    await store.close()
    await runner.close()
  }
}

/** Null where nothing is to be asked again; what reads the newest build is not loaded then. */
async function findFailed(
  { outputRoot, config }: ResolvedBuild,
  codes: readonly RetryCode[] | null,
  known: { readonly store: AnswerStore; readonly attempts: Attempts },
): Promise<FailedRequests | null> {
  if (codes === null) return null
  const { findFailedRequests } = await import('../build/find-failed-requests.ts')
  return await findFailedRequests({ home: join(outputRoot, config.name), codes, ...known })
}

/** @throws UserError `usage` */
function checkRetrying({ kind, retryFailed }: RunSettings): void {
  if (kind !== 'offline' || retryFailed === null) return
  throw new UserError('usage', 'expected --retry-failed or --offline, got both', {
    remedy:
      'Asking again sends requests. Leave out --offline, or --retry-failed: what was asked again before counts offline too.',
  })
}
