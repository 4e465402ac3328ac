import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { StoredBatch } from '../../pipeline/answers/batch-store.ts'
import { openSqliteBatches } from '../../pipeline/answers/sqlite-batches.ts'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { resolveBuild } from '../../pipeline/build/resolve-build.ts'
import { runBuild, type BuildResult } from '../../pipeline/build/run-build.ts'
import { runInWaves } from '../../pipeline/build/run-in-waves.ts'
import { openCalibrations } from '../../pipeline/cli/open-calibrations.ts'
import { openDecisions } from '../../pipeline/cli/open-decisions.ts'
import { loadConfig } from '../../pipeline/config/load-config.ts'
import { createPriceLookup } from '../../pipeline/config/price-table.ts'
import { openBatchDesk } from '../../pipeline/executors/batch/batch-desk.ts'
import { noBudget, type WaveBudget } from '../../pipeline/executors/batch/wave-budget.ts'
import { normaliseEndpoint } from '../../pipeline/models/model-role.ts'
import { createOpenAiBatchApi } from '../../pipeline/models/openai-batch-api.ts'
import type { UserError } from '../../pipeline/records/user-error.ts'
import { startBatchServer, type BatchServer, type BatchServerOptions } from '../support/batch-server.ts'
import type { BuildProject } from './build-project.ts'

/** A server that is closed when the test ends. */
export async function serveBatches(options: BatchServerOptions): Promise<BatchServer> {
  const server = await startBatchServer(options)
  onTestFinished(() => server.close())
  return server
}

export type BatchRunOptions = {
  readonly isDetached?: boolean
  readonly drain?: AbortSignal
  readonly budget?: WaveBudget
  readonly apiKey?: string
  readonly submitGraceMs?: number
  /** A clock that starts elsewhere. */
  readonly now?: () => number
}

export type BatchRun = {
  readonly result: BuildResult
  readonly trouble: UserError | null
  readonly notes: readonly string[]
}

/** Builds by batches in this process as the command does, but with waits of a millisecond. */
export async function runByBatch(project: BuildProject, options: BatchRunOptions = {}): Promise<BatchRun> {
  const { config, folder } = await loadConfig(project.config)
  const resolved = await resolveBuild(config, folder)
  const { batch } = config
  const stop = new AbortController().signal
  const drain = options.drain ?? stop
  const store = openSqliteStore(resolved.storePath)
  const batches = openSqliteBatches(resolved.storePath)
  const notes: string[] = []
  const run = randomUUID()
  const budget = options.budget ?? noBudget
  const lanes = new Map(
    Object.values(config.models).map(({ model, baseUrl, maxEnqueuedTokens }) => {
      const endpoint = normaliseEndpoint(baseUrl)
      const apiKey = options.apiKey ?? null
      const api = createOpenAiBatchApi({ endpoint, apiKey, timeoutMs: 5000, completionWindow: batch.completionWindow })
      return [`${endpoint} ${model}`, { endpoint, model, api, maxEnqueuedTokens }] as const
    }),
  )
  const desk = openBatchDesk(
    {
      lanes: [...lanes.values()],
      batches,
      budget,
      build: config.name,
      run,
      limits: { ...batch, windowMs: 24 * 3_600_000, submitGraceMs: options.submitGraceMs ?? 15, pollMs: 1 },
      retries: { maxTries: 6, baseDelayMs: 1, maxDelayMs: 2, random: () => 0.5, drain, stop },
      now: options.now ?? Date.now,
      note: (line) => void notes.push(line),
    },
    store,
  )
  try {
    const build = {
      store,
      decisions: await openDecisions(resolved),
      calibrations: await openCalibrations(resolved),
      drain,
      priceOf: createPriceLookup(config),
      timestamp: () => new Date().toISOString(),
      now: () => performance.now(),
      onProgress: () => undefined,
      keepStages: false,
      regrade: null,
      recompute: false,
      lookAhead: batch.lookAhead,
    }
    const isDetached = options.isDetached ?? false
    const waves = { desk, batches, budget, run, isDetached, drain }
    return { ...(await runInWaves((answering) => runBuild(resolved, { ...build, ...answering }), waves)), notes }
  } finally {
    await store.close()
    await batches.close()
  }
}

/** What a store knows of its batches. */
export async function listBatches(project: BuildProject): Promise<readonly StoredBatch[]> {
  const batches = openSqliteBatches(project.store)
  try {
    return await batches.list()
  } finally {
    await batches.close()
  }
}

export async function countAnswers(
  project: BuildProject,
): Promise<{ readonly answers: number; readonly surplus: number }> {
  const store = openSqliteStore(project.store)
  try {
    return await store.count()
  } finally {
    await store.close()
  }
}
