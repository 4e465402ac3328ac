import type { AnswerStore } from '../answers/answer-store.ts'
import { openSqliteBatches } from '../answers/sqlite-batches.ts'
import { readUrlVariable } from '../answers/store-address.ts'
import { runInWaves, type Pass } from '../build/run-in-waves.ts'
import { BatchTrouble } from '../executors/batch/batch-lane.ts'
import { holdBatched } from '../executors/hold-batched.ts'
import { offlineExecutor } from '../executors/offline.ts'
import type { BudgetState } from '../models/budget.ts'
import type { UserError } from '../records/user-error.ts'
import { summariseBatches, type BatchSummary } from './describe-batches.ts'
import type { Environment } from './environment.ts'
import type { LiveExecutor } from './open-executor.ts'
import type { RunConfig } from './run-config.ts'
import type { Interruption } from './signals.ts'

/** How the misses of a pipeline (a build, a synthesis) are answered. */
export type Runner = {
  /** By batches a pass is made as often as there are waves; otherwise once. */
  readonly run: <R extends { readonly status: string }>(pass: Pass<R>) => Promise<R>
  readonly readBudget: () => BudgetState | null
  /** Null where the store knows of no batch that is under way or ended since. */
  readonly readBatches: (since: string) => Promise<BatchSummary | null>
  readonly close: () => Promise<void>
}

export type RunnerOptions = {
  readonly kind: 'live' | 'batch' | 'queue' | 'offline'
  /** By batch: submit and end without waiting. */
  readonly isDetached: boolean
  readonly resolved: RunConfig
  readonly store: AnswerStore
  readonly interruption: Interruption
  readonly onHopeless: (error: UserError) => void
  readonly note: (line: string) => void
  /** Given what tells, in a word, what holds requests back. */
  readonly watch: (readHold: () => string) => void
  /** Where keys and URLs of databases are read from. Default: the environment of the process. */
  readonly env?: Environment | undefined
}

/**
 * Each kind loads what only it needs.
 * @throws UserError `api_key` when a key is missing, `budget` when a request's worst case is not known.
 */
export async function openRunner(options: RunnerOptions): Promise<Runner> {
  switch (options.kind) {
    case 'live':
      return await openLiveRunner(options)
    case 'batch':
      return await openBatchRunner(options)
    case 'queue':
      return await openQueueRunner(options)
    case 'offline':
      return {
        run: (pass) => pass({ executor: offlineExecutor }),
        readBudget: () => null,
        readBatches: async () => null,
        close: async () => undefined,
      }
  }
}

async function openBatchRunner(options: RunnerOptions): Promise<Runner> {
  const { resolved, store, interruption, onHopeless, note, isDetached, env } = options
  const { openBatches } = await import('./open-batches.ts')
  const { desk, batches, budget, cap, run, close } = openBatches(resolved, store, interruption, onHopeless, note, env)
  return {
    run: async (pass) => {
      const { lookAhead } = resolved.config.batch
      const { result, trouble } = await runInWaves((answering) => pass({ ...answering, lookAhead }), {
        desk,
        batches,
        budget,
        run,
        isDetached,
        drain: interruption.drain,
      })
      if (trouble !== null) onHopeless(trouble)
      return result
    },
    readBudget: () => cap?.read() ?? null,
    readBatches: async (since) => summariseBatches(await batches.list(), since),
    close,
  }
}

async function openLiveRunner(options: RunnerOptions): Promise<Runner> {
  const { resolved, interruption, onHopeless, note, watch, env } = options
  const { openLiveExecutor } = await import('./open-executor.ts')
  const live = openLiveExecutor(resolved.config, interruption, onHopeless, note, undefined, env)
  watch(live.describeLanes)
  // Batches live beside answers in a file only, so none can hold a request of a store on PostgreSQL.
  if (readUrlVariable(resolved.storePath) !== null) return runDirectly(live)
  const batches = openSqliteBatches(resolved.storePath)
  const listOpen = () => batches.list(['planned', 'submitting', 'submitted'])
  return {
    run: async (pass) => {
      if ((await listOpen()).length > 0) await fetchBatches(options)
      const isHeld = (await listOpen()).length > 0
      return await pass({ executor: isHeld ? holdBatched(live.executor, batches) : live.executor, prepare: live.load })
    },
    readBudget: () => live.budget?.read() ?? null,
    readBatches: async (since) => {
      const summary = summariseBatches(await batches.list(), since)
      return summary.waves.length === 0 ? null : summary
    },
    close: async () => {
      await batches.close()
      await live.close()
    },
  }
}

async function openQueueRunner({ resolved, interruption, onHopeless, note, env }: RunnerOptions): Promise<Runner> {
  const { openQueue } = await import('./open-queue.ts')
  const { executor, settle, readBudget, close } = await openQueue(resolved, interruption, onHopeless, note, env)
  return {
    run: async (pass) => {
      try {
        return await pass({ executor })
      } finally {
        await settle()
      }
    },
    readBudget,
    readBatches: async () => null,
    close,
  }
}

function runDirectly({ executor, budget, load, close }: LiveExecutor): Runner {
  return {
    run: (pass) => pass({ executor, prepare: load }),
    readBudget: () => budget?.read() ?? null,
    readBatches: async () => null,
    close,
  }
}

/** Stores what batches of earlier runs have answered by now; without news of them their requests are held back. */
async function fetchBatches({ resolved, store, interruption, onHopeless, note, env }: RunnerOptions): Promise<void> {
  const { openBatches } = await import('./open-batches.ts')
  const { desk, close } = openBatches(resolved, store, interruption, onHopeless, note, env)
  try {
    await desk.open()
  } catch (error) {
    if (!(error instanceof BatchTrouble)) throw error
    note(`Batches of an earlier run could not be looked at, so their requests are held back: ${error.message}`)
  } finally {
    await close()
  }
}
