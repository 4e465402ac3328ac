import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs'
import { importRecording } from '../../answers/recording.ts'
import { writeJson } from '../../build/build-folder.ts'
import { digestInputs } from '../../build/fingerprint.ts'
import type { ResolvedBuild } from '../../build/resolve-build.ts'
import type { BuildResult } from '../../build/run-build.ts'
import { checkPlan, readPlan } from '../../plan/check-plan.ts'
import type { BudgetState, Caps } from '../../models/budget.ts'
import { buildConfigSchema } from '../../config/build-config.ts'
import { UserError } from '../../records/user-error.ts'
import type { BatchSummary } from '../describe-batches.ts'
import { describeError, describeResult, renderStatus, type BuildStatus } from '../build-status.ts'
import { exitCodes } from '../exit-codes.ts'
import { openCalibrations } from '../open-calibrations.ts'
import { createPriceLookup } from '../../config/price-table.ts'
import { findEarlierBuild, openBuild } from '../open-build.ts'
import { openDecisions } from '../open-decisions.ts'
import { openRunner, type RunnerOptions } from '../open-runner.ts'
import { openAnswerStore } from '../open-store.ts'
import { toPlainText } from '../print-error.ts'
import { createProgressView, type ProgressView } from '../progress.ts'
import { listenForSignals, type Interruption } from '../signals.ts'

export type BuildArguments = {
  config: string
  offline: boolean
  executor: 'live' | 'batch' | 'queue'
  detach: boolean
  resume: boolean
  json: boolean
  'keep-stages': boolean
  recompute: boolean
  strategy: 'regenerate' | 'regrade-first'
  against: string | undefined
  plan: string | undefined
  'max-cost': number | undefined
  'max-tokens': number | undefined
  'spec-set': string | undefined
  name: string | undefined
}

export const buildCommand: CommandModule<object, BuildArguments> = {
  command: 'build <config>',
  describe: 'Make a data set: collect, screen, classify, generate, grade, select, emit',
  builder: (yargs: Argv): Argv<BuildArguments> =>
    yargs
      .positional('config', { type: 'string', demandOption: true, describe: 'Build config (YAML)' })
      .option('offline', {
        type: 'boolean',
        default: false,
        describe: 'Use stored and recorded answers only; send nothing',
      })
      .option('executor', {
        choices: ['live', 'batch', 'queue'] as const,
        default: 'live' as const,
        describe: 'Send what the store lacks at once, or by the Batch API, or leave it to workers',
      })
      .option('detach', {
        type: 'boolean',
        default: false,
        describe: 'By batch: fetch what has come back, submit what is missing, and do not wait',
      })
      .option('resume', {
        type: 'boolean',
        default: false,
        describe: 'By batch: go on with batches under way',
      })
      .option('spec-set', {
        type: 'string',
        describe: 'Build with another folder of specs/; names the build <name>-<spec set>',
      })
      .option('name', { type: 'string', describe: 'Another name for the build' })
      .option('keep-stages', {
        type: 'boolean',
        default: false,
        describe: 'Also write the rows between the stages (Arrow IPC)',
      })
      .option('strategy', {
        choices: ['regenerate', 'regrade-first'] as const,
        default: 'regenerate' as const,
        describe: 'After a policy edit: ask anew, or first grade the accepted answers again and keep those that pass',
      })
      .option('against', { type: 'string', describe: 'The build to regrade; default: the latest' })
      .option('plan', { type: 'string', describe: 'Build only if the inputs are those of this plan' })
      .option('max-cost', { type: 'number', describe: 'Spend so many US dollars at most; default: budget.maxCostUsd' })
      .option('max-tokens', { type: 'number', describe: 'Spend so many tokens at most; default: budget.maxTokens' })
      .option('recompute', {
        type: 'boolean',
        default: false,
        describe: 'Go through every row again even when nothing has changed since the latest build',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print the status as JSON' })
      .example('$0 build data/demo.yaml --offline', 'the demo: recorded answers, no key, no network'),
  handler: async (argv) => {
    process.exitCode = await build(argv)
  },
}

async function build(argv: ArgumentsCamelCase<BuildArguments>): Promise<number> {
  const view = createProgressView(process.stderr, () => performance.now())
  using interruption = listenForSignals(view.note, () => process.exit(exitCodes.interrupted))
  const startedAt = new Date().toISOString()
  const resolved = applyCaps(await openBuild(argv), argv)
  const { name } = resolved.config
  const statusPath = join(resolved.outputRoot, name, 'status.json')
  const { result, hopeless, budget, batches } = await runWithStore(resolved, argv, interruption, view, startedAt).catch(
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
      : describeResult(result, hopeless, interruption.wasSignalled())
  const isWhole = result !== 'interrupted' && result.status !== 'incomplete'
  const status: BuildStatus = {
    ...facts,
    name,
    buildId: isWhole ? result.buildId : null,
    path: isWhole ? result.path : null,
    counts: result === 'interrupted' ? null : result.counts,
    requests: result === 'interrupted' ? null : result.ledger.total(),
    budget: budget === null ? null : describeBudget(resolved.config.budget, budget),
    batches,
    startedAt,
    finishedAt: new Date().toISOString(),
  }
  await writeJson(statusPath, status)
  process.stdout.write(argv.json ? `${JSON.stringify(status, null, 2)}\n` : `${toPlainText(renderStatus(status))}\n`)
  return status.exitCode
}

type BuildRun = {
  readonly result: BuildResult | 'interrupted'
  readonly hopeless: UserError | null
  readonly budget: BudgetState | null
  readonly batches: BatchSummary | null
}

/** `--detach` and `--resume` speak of batches, so they mean them. */
function chooseRunner({
  offline,
  executor,
  detach,
  resume,
}: ArgumentsCamelCase<BuildArguments>): Pick<RunnerOptions, 'kind' | 'isDetached'> {
  const isBatch = executor === 'batch' || detach || resume
  const kinds = [
    ...(offline ? ['--offline'] : []),
    ...(isBatch ? ['batches'] : []),
    ...(executor === 'queue' ? ['a queue'] : []),
  ]
  if (kinds.length > 1) {
    throw new UserError('usage', `expected --offline, batches or a queue, got ${kinds.join(' and ')}`, {
      remedy: 'Leave out --offline, or --executor, --detach and --resume.',
    })
  }
  if (offline) return { kind: 'offline', isDetached: false }
  if (executor === 'queue') return { kind: 'queue', isDetached: false }
  return { kind: isBatch ? 'batch' : 'live', isDetached: detach }
}

/** What the command line caps goes before what the config does. */
function applyCaps(resolved: ResolvedBuild, { maxCost, maxTokens }: ArgumentsCamelCase<BuildArguments>): ResolvedBuild {
  const { budget } = resolved.config
  const caps = { maxCostUsd: maxCost ?? budget.maxCostUsd, maxTokens: maxTokens ?? budget.maxTokens }
  const parsed = buildConfigSchema.shape.budget.safeParse(caps)
  if (parsed.success) return { ...resolved, config: { ...resolved.config, budget: parsed.data } }
  throw new UserError('usage', `--max-cost, --max-tokens: ${parsed.error.issues[0]?.message ?? 'expected a cap'}`, {
    remedy: 'Give dollars such as 12.50, and a whole number of tokens, both above zero.',
  })
}

function describeBudget(caps: Caps, { spent, assumed, overshoot }: BudgetState): NonNullable<BuildStatus['budget']> {
  return { ...caps, spent, assumed, overshoot }
}

async function runWithStore(
  resolved: ResolvedBuild,
  argv: ArgumentsCamelCase<BuildArguments>,
  interruption: Interruption,
  view: ProgressView,
  startedAt: string,
): Promise<BuildRun> {
  const { config } = resolved
  const choice = chooseRunner(argv)
  let hopeless: UserError | null = null
  const onHopeless = (error: UserError): void => {
    if (hopeless !== null) return
    hopeless = error
    view.note(toPlainText(`${error.message} - stopping.`))
    interruption.giveUp(error)
  }
  const note = (line: string): void => view.note(toPlainText(line))
  const store = await openAnswerStore(resolved.storePath)
  const runner = await openRunner({
    ...choice,
    resolved,
    store,
    interruption,
    onHopeless,
    note,
    watch: view.watch,
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
    const decisions = await openDecisions(resolved)
    const earlier = argv.strategy === 'regrade-first' ? await findEarlierBuild(resolved, argv.against) : null
    const regrade = earlier === null ? null : { folder: earlier.folder, buildId: earlier.manifest.buildId }
    if (argv.plan !== undefined) {
      const state = { storeId: await store.identify(), decisions: decisions.digest, regrade: regrade?.buildId ?? null }
      const inputs = await digestInputs(resolved, state)
      checkPlan(await readPlan(argv.plan), { name: config.name, inputs, regrade: regrade?.buildId ?? null }, argv.plan)
    }
    const result = await runner.run({
      store,
      decisions,
      calibrations: await openCalibrations(resolved),
      drain: interruption.drain,
      priceOf: createPriceLookup(resolved.config),
      timestamp: () => new Date().toISOString(),
      now: () => performance.now(),
      onProgress: view.update,
      keepStages: argv.keepStages,
      recompute: argv.recompute,
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
    view.stop()
    await store.close()
    await runner.close()
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
