import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { importRecording } from '../answers/recording.ts'
import { writeJson } from '../build/build-folder.ts'
import { digestInputs } from '../build/fingerprint.ts'
import type { ResolvedBuild } from '../build/resolve-build.ts'
import type { BuildProgress, BuildResult } from '../build/run-build.ts'
import { describeError, describeResult, type BuildStatus } from '../cli/build-status.ts'
import type { BatchSummary } from '../cli/describe-batches.ts'
import type { Environment } from '../cli/environment.ts'
import { exitCodes } from '../cli/exit-codes.ts'
import { openCalibrations } from '../cli/open-calibrations.ts'
import { openDecisions } from '../cli/open-decisions.ts'
import { findEarlierBuild } from '../cli/open-build.ts'
import { openRunner, type RunnerOptions } from '../cli/open-runner.ts'
import { openAnswerStore } from '../cli/open-store.ts'
import type { Interruption } from '../cli/signals.ts'
import { createPriceLookup } from '../config/price-table.ts'
import type { BudgetState, Caps } from '../models/budget.ts'
import { checkPlan, readPlan } from '../plan/check-plan.ts'
import type { UserError } from '../records/user-error.ts'

/** How a build that is resolved is to be run. */
export type RunSettings = Pick<RunnerOptions, 'kind' | 'isDetached'> & {
  readonly strategy: 'regenerate' | 'regrade-first'
  /** The build to regrade; default: the latest. */
  readonly against?: string | undefined
  /** The path of a plan that the inputs must be those of. */
  readonly plan?: string | undefined
  readonly recompute: boolean
  readonly keepStages: boolean
}

/** What a run touches of the process around it. */
export type RunSurroundings = {
  readonly interruption: Interruption
  readonly env?: Environment | undefined
  readonly onProgress: (progress: BuildProgress) => void
  /** A line for a person: hostile text may be in it. */
  readonly note: (line: string) => void
  readonly watch: RunnerOptions['watch']
  /** Called when no more progress will be told. */
  readonly onEnd?: () => void
}

/**
 * Runs a build to its end and writes `status.json`, also where it ends in an error.
 * @throws UserError for what the caller can mend; what was answered is kept.
 */
export async function runToStatus(
  resolved: ResolvedBuild,
  settings: RunSettings,
  surroundings: RunSurroundings,
): Promise<BuildStatus> {
  const startedAt = new Date().toISOString()
  const { name } = resolved.config
  const statusPath = join(resolved.outputRoot, name, 'status.json')
  const { result, hopeless, budget, batches } = await runWithStore(resolved, settings, surroundings, startedAt).catch(
    async (error: unknown) => {
      // Where the folder itself is the trouble no status can be written, and the first error is the one to tell.
      const status: BuildStatus = { ...describeError(error), name, startedAt, finishedAt: new Date().toISOString() }
      await mkdir(dirname(statusPath), { recursive: true })
        .then(() => writeJson(statusPath, status))
        .catch(() => undefined)
      throw error
    },
  )
  const facts: Pick<BuildStatus, 'status' | 'exitCode' | 'message' | 'details'> =
    result === 'interrupted'
      ? {
          status: 'interrupted',
          exitCode: exitCodes.interrupted,
          message: 'stopped while reading the prompts; nothing was sent',
          details: [],
        }
      : describeResult(result, hopeless, surroundings.interruption.wasSignalled())
  const isWhole = result !== 'interrupted' && result.status !== 'incomplete'
  const status: BuildStatus = {
    ...facts,
    name,
    buildId: isWhole ? result.buildId : null,
    path: isWhole ? result.path : null,
    gates: result === 'interrupted' ? null : describeGates(result.gates),
    counts: result === 'interrupted' ? null : result.counts,
    requests: result === 'interrupted' ? null : result.ledger.total(),
    budget: budget === null ? null : describeBudget(resolved.config.budget, budget),
    batches,
    startedAt,
    finishedAt: new Date().toISOString(),
  }
  await writeJson(statusPath, status)
  return status
}

type BuildRun = {
  readonly result: BuildResult | 'interrupted'
  readonly hopeless: UserError | null
  readonly budget: BudgetState | null
  readonly batches: BatchSummary | null
}

function describeGates(results: BuildResult['gates']): BuildStatus['gates'] {
  return results?.map(({ gate, status, summary, findings }) => ({ gate, status, summary, findings })) ?? null
}

function describeBudget(caps: Caps, { spent, assumed, overshoot }: BudgetState): NonNullable<BuildStatus['budget']> {
  return { ...caps, spent, assumed, overshoot }
}

async function runWithStore(
  resolved: ResolvedBuild,
  settings: RunSettings,
  { interruption, env, onProgress, note, watch, onEnd }: RunSurroundings,
  startedAt: string,
): Promise<BuildRun> {
  const { config } = resolved
  let hopeless: UserError | null = null
  const onHopeless = (error: UserError): void => {
    if (hopeless !== null) return
    hopeless = error
    note(`${error.message} - stopping.`)
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
    note,
    watch,
    env,
  }).catch(async (error: unknown) => {
    await store.close()
    throw error
  })
  const readEnd = async (): Promise<Pick<BuildRun, 'budget' | 'batches'>> => ({
    budget: runner.readBudget(),
    batches: await runner.readBatches(startedAt),
  })
  try {
    for (const path of resolved.recordings) await importRecording(path, store)
    const decisions = await openDecisions(resolved, env)
    const earlier = settings.strategy === 'regrade-first' ? await findEarlierBuild(resolved, settings.against) : null
    const regrade = earlier === null ? null : { folder: earlier.folder, buildId: earlier.manifest.buildId }
    if (settings.plan !== undefined) {
      const state = { storeId: await store.identify(), decisions: decisions.digest, regrade: regrade?.buildId ?? null }
      const inputs = await digestInputs(resolved, state)
      const planned = { name: config.name, inputs, regrade: regrade?.buildId ?? null }
      checkPlan(await readPlan(settings.plan), planned, settings.plan)
    }
    const result = await runner.run({
      store,
      decisions,
      calibrations: await openCalibrations(resolved, env),
      drain: interruption.drain,
      priceOf: createPriceLookup(config),
      timestamp: () => new Date().toISOString(),
      now: () => performance.now(),
      onProgress,
      keepStages: settings.keepStages,
      recompute: settings.recompute,
      regrade,
      giveUp: interruption.giveUp,
    })
    return { result, hopeless, ...(await readEnd()) }
  } catch (error) {
    if (interruption.wasSignalled() && isAbort(error)) {
      return { result: 'interrupted', hopeless: null, ...(await readEnd()) }
    }
    throw error
  } finally {
    onEnd?.()
    await store.close()
    await runner.close()
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
