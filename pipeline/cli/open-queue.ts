import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRunBudgets, type RunBudgets } from '../answers/postgres-budgets.ts'
import { openPostgres } from '../answers/postgres-database.ts'
import { createRunRegistry } from '../answers/postgres-runs.ts'
import type { BuildConfig } from '../config/build-config.ts'
import { openJobQueue } from '../executors/queue/job-queue.ts'
import { createQueueExecutor } from '../executors/queue/queue-executor.ts'
import { keyOf, type LaneName } from '../executors/queue/job.ts'
import type { BudgetState } from '../models/budget.ts'
import { normaliseEndpoint } from '../models/model-role.ts'
import type { Executor } from '../executors/executor.ts'
import { UserError } from '../records/user-error.ts'
import type { Environment } from './environment.ts'
import { explainReached, openBudget } from './open-budget.ts'
import { findPostgres } from './open-store.ts'
import type { RunConfig } from './run-config.ts'
import type { Interruption } from './signals.ts'

export type OpenQueue = {
  readonly executor: Executor
  /** Waits for what is under way, and closes the run. */
  readonly settle: () => Promise<void>
  /** After `settle`; null where the run has no cap. */
  readonly readBudget: () => BudgetState | null
  readonly close: () => Promise<void>
}

/**
 * Hands a build's misses to workers, through the database that holds its answers. Needs no key: workers have them.
 * @throws UserError `usage` when the store is a file, `answer_store`, `database_url`.
 */
export async function openQueue(
  { config, storePath }: RunConfig,
  interruption: Interruption,
  onHopeless: (error: UserError) => void,
  note: (line: string) => void,
  env?: Environment,
): Promise<OpenQueue> {
  const target = findPostgres(storePath, env)
  if (target === null) throw noDatabase(storePath)
  // For what requests cost at most: the budget itself is in the database, where all workers spend from it.
  const opened = openBudget(config, onHopeless)
  const database = await openPostgres(target)
  const registry = createRunRegistry(database)
  const budgets = createRunBudgets(database, pause)
  const lanes = listLanes(config)
  const names = new Map(
    Object.entries(config.models).map(([name, { baseUrl, model }]) => [
      keyOf({ endpoint: normaliseEndpoint(baseUrl), model }),
      name,
    ]),
  )
  const nameOf = (lane: LaneName): string => names.get(keyOf(lane)) ?? ''
  const queue = await openJobQueue(target, lanes, note).catch(async (error: unknown) => {
    await database.close()
    throw error
  })
  const run = randomUUID()
  const close = async (): Promise<void> => {
    await queue.close()
    await database.close()
  }
  try {
    await registry.start(run, config.name)
    await budgets.start(run, config.budget)
  } catch (error) {
    await close()
    throw error
  }
  let budget: BudgetState | null = null
  const executor = createQueueExecutor({
    queue,
    registry,
    lanes,
    run,
    tariffOf: (lane) => opened?.tariffOf(nameOf(lane)) ?? null,
    drain: interruption.drain,
    stop: interruption.stop,
    onHopeless: (model, detail) =>
      onHopeless(
        new UserError('provider', `expected a worker to get answers of ${model}, got: ${detail}`, {
          remedy: 'Mend it where the workers run, then run again: what was answered is kept.',
        }),
      ),
    onBudget: (reason) => onHopeless(explainReached(reason)),
    note,
    now: () => performance.now(),
  })
  return {
    executor,
    settle: async () => {
      await executor.settle()
      if (opened !== null) budget = await readSettled(budgets, run)
    },
    readBudget: () => budget,
    close,
  }
}

const settleTries = 50
const settleWaitMs = 100

/** Workers write down what an answer came to just after they stored it: within moments nothing is set aside any more. */
async function readSettled(budgets: RunBudgets, run: string): Promise<BudgetState> {
  let state = await budgets.read(run)
  for (let tries = 1; tries < settleTries && state.reserved.tokens > 0; tries += 1) {
    await sleep(settleWaitMs)
    state = await budgets.read(run)
  }
  return state
}

/** Ends early, without an error, when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await sleep(ms, undefined, { signal }).catch(() => undefined)
}

/** Models that two names share are one. */
export function listLanes({
  models,
}: Pick<BuildConfig, 'models'>): readonly (LaneName & { readonly concurrency: number })[] {
  const lanes = Object.values(models).map(({ baseUrl, model, concurrency, mirrors }) => ({
    endpoint: normaliseEndpoint(baseUrl),
    model,
    concurrency: concurrency * (1 + mirrors.length),
  }))
  return [...new Map(lanes.map((lane) => [keyOf(lane), lane])).values()]
}

export function noDatabase(storePath: string): UserError {
  return new UserError('usage', 'expected a store on PostgreSQL, which workers share, got a file', {
    where: storePath,
    remedy: 'Set `store: { postgres: { urlEnv: DATABASE_URL } }`; docs/scale.md says how.',
  })
}
