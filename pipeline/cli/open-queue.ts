import { randomUUID } from 'node:crypto'
import { openPostgres } from '../answers/postgres-database.ts'
import { createRunRegistry } from '../answers/postgres-runs.ts'
import type { ResolvedBuild } from '../build/resolve-build.ts'
import type { BuildConfig } from '../config/build-config.ts'
import { openJobQueue } from '../executors/queue/job-queue.ts'
import { createQueueExecutor } from '../executors/queue/queue-executor.ts'
import { keyOf, type LaneName } from '../executors/queue/job.ts'
import type { BudgetState } from '../models/budget.ts'
import { normaliseEndpoint } from '../models/model-role.ts'
import type { Executor } from '../executors/executor.ts'
import { UserError } from '../records/user-error.ts'
import { findPostgres } from './open-store.ts'
import type { Interruption } from './signals.ts'

export type OpenQueue = {
  readonly executor: Executor
  readonly readBudget: () => BudgetState | null
  readonly close: () => Promise<void>
}

/**
 * Hands a build's misses to workers, through the database that holds its answers. Needs no key: workers have them.
 * @throws UserError `usage` when the store is a file, `answer_store`, `database_url`.
 */
export async function openQueue(
  { config, storePath }: ResolvedBuild,
  interruption: Interruption,
  onHopeless: (error: UserError) => void,
  note: (line: string) => void,
): Promise<OpenQueue> {
  const target = findPostgres(storePath)
  if (target === null) throw noDatabase(storePath)
  const database = await openPostgres(target)
  const registry = createRunRegistry(database)
  const lanes = listLanes(config)
  const queue = await openJobQueue(target, lanes, note).catch(async (error: unknown) => {
    await database.close()
    throw error
  })
  const run = randomUUID()
  await registry.start(run, config.name)
  const executor = createQueueExecutor({
    queue,
    registry,
    lanes,
    run,
    tariffOf: () => null,
    drain: interruption.drain,
    stop: interruption.stop,
    onHopeless: (model, detail) =>
      onHopeless(
        new UserError('provider', `expected a worker to get answers of ${model}, got: ${detail}`, {
          remedy: 'Mend it where the workers run, then run again: what was answered is kept.',
        }),
      ),
    onBudget: () => undefined,
    note,
    now: () => performance.now(),
  })
  return {
    executor,
    readBudget: () => null,
    close: async () => {
      await executor.settle()
      await queue.close()
      await database.close()
    },
  }
}

/** Models that two names share are one. */
export function listLanes({
  models,
}: Pick<BuildConfig, 'models'>): readonly (LaneName & { readonly concurrency: number })[] {
  const lanes = Object.values(models).map(({ baseUrl, model, concurrency }) => ({
    endpoint: normaliseEndpoint(baseUrl),
    model,
    concurrency,
  }))
  return [...new Map(lanes.map((lane) => [keyOf(lane), lane])).values()]
}

export function noDatabase(storePath: string): UserError {
  return new UserError('usage', 'expected a store on PostgreSQL, which workers share, got a file', {
    where: storePath,
    remedy: 'Set `store: { postgres: { urlEnv: DATABASE_URL } }`; docs/scale.md says how.',
  })
}
