import { randomUUID } from 'node:crypto'
import type { Argv } from 'yargs'
import { createRunBudgets } from '../../answers/postgres-budgets.ts'
import { openPostgres } from '../../answers/postgres-database.ts'
import { createSharedRates } from '../../answers/postgres-rates.ts'
import { createRunRegistry } from '../../answers/postgres-runs.ts'
import { createPostgresStore } from '../../answers/postgres-store.ts'
import { resolveStore } from '../../answers/store-address.ts'
import { loadConfig } from '../../config/load-config.ts'
import { openJobQueue } from '../../executors/queue/job-queue.ts'
import type { Job } from '../../executors/queue/job.ts'
import { withRunBudget } from '../../executors/queue/with-run-budget.ts'
import { withSharedRate } from '../../executors/queue/with-shared-rate.ts'
import { work } from '../../executors/queue/work.ts'
import type { Budget } from '../../models/budget.ts'
import { createStoredModelPort } from '../../models/stored-model-port.ts'
import type { UserError } from '../../records/user-error.ts'
import type { Command } from '../defer-command.ts'
import { describeHopeless } from '../describe-hopeless.ts'
import { exitCodes } from '../exit-codes.ts'
import { openLiveExecutor } from '../open-executor.ts'
import { listLanes, noDatabase, pause } from '../open-queue.ts'
import { findPostgres } from '../open-store.ts'
import { printError, toPlainText } from '../print-error.ts'
import { listenForSignals } from '../signals.ts'

/** A fraction of the lease. */
const renewalMs = 20_000

type WorkerArguments = { config: string }

export const workerCommand: Command<WorkerArguments> = {
  builder: (yargs: Argv): Argv<WorkerArguments> =>
    yargs
      .positional('config', {
        type: 'string',
        demandOption: true,
        describe: 'A build config, for its models and its store; jobs for other models are left alone',
      })
      .example('$0 worker build.yaml', 'one of many; SIGTERM lets it finish what it has begun'),
  handler: async ({ config }) => {
    process.exitCode = await runWorker(config)
  },
}

function note(line: string): void {
  process.stderr.write(`${toPlainText(line)}\n`)
}

async function runWorker(path: string): Promise<number> {
  const { config, folder } = await loadConfig(path)
  const address = resolveStore(folder, config.store)
  const target = findPostgres(address)
  if (target === null) throw noDatabase(address)
  using interruption = listenForSignals(note, () => process.exit(exitCodes.interrupted))
  let hopeless: UserError | null = null
  // A budget is a run's, not a worker's.
  const uncapped = { ...config, budget: { maxCostUsd: null, maxTokens: null } }
  const jobs = new Map<string, Job>()
  await using opened = new AsyncDisposableStack()
  const database = await openPostgres(target)
  const store = createPostgresStore(database)
  opened.defer(() => store.close())
  const budgets = createRunBudgets(database, pause)
  const worker = randomUUID()
  const budgetsOfRuns = new Map<string, Budget>()
  const budgetOf = (run: string): Budget => {
    const budget = budgetsOfRuns.get(run) ?? budgets.openFor(run, worker, drain)
    budgetsOfRuns.set(run, budget)
    return budget
  }
  const rates = createSharedRates(database)
  const { drain } = interruption
  const lookup = { findJob: (digest: string) => jobs.get(digest) ?? null, budgetOf }
  const live = openLiveExecutor(
    uncapped,
    interruption,
    (error) => {
      hopeless ??= error
      interruption.giveUp(error)
    },
    note,
    // Money is set aside for a request whose turn has come.
    (provider, endpoint, { model, limits }) =>
      withSharedRate(withRunBudget(provider, lookup), { rates, lane: `${endpoint} ${model}`, limits, drain }),
  )
  opened.defer(() => live.close())
  await live.load()
  // One that fails is made up for by the next.
  const renewal = setInterval(() => void budgets.renew(worker).catch(() => undefined), renewalMs)
  opened.defer(() => clearInterval(renewal))
  const lanes = listLanes(config)
  const counts = { done: 0, answered: 0 }
  const queue = await openJobQueue(target, lanes, note)
  const models = createStoredModelPort({
    store,
    executor: live.executor,
    observe: (reply) => {
      if (reply.status === 'answered' && !reply.fromStore) counts.answered += 1
    },
    timestamp: () => new Date().toISOString(),
  })
  try {
    note(`Working on ${lanes.map(({ model }) => model).join(', ')}; Ctrl-C stops.`)
    await work({
      queue,
      registry: createRunRegistry(database),
      lanes,
      models,
      onStart: (job) => jobs.set(job.digest, job),
      onEnd: ({ digest }) => {
        jobs.delete(digest)
        counts.done += 1
      },
      flush: budgets.flush,
      hopeless: () => hopeless,
      drain,
    })
  } finally {
    await models.settle()
    await queue.close()
  }
  note(`${counts.done} jobs done, ${counts.answered} answers bought.`)
  if (hopeless === null) return exitCodes.done
  printError(hopeless, (text) => process.stderr.write(text))
  return describeHopeless(hopeless).exitCode
}
