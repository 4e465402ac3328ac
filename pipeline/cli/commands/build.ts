import { join } from 'node:path'
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs'
import { importRecording } from '../../answers/recording.ts'
import { openSqliteStore } from '../../answers/sqlite-store.ts'
import { writeJson } from '../../build/build-folder.ts'
import { resolveBuild, type ResolvedBuild } from '../../build/resolve-build.ts'
import { runBuild, type BuildResult } from '../../build/run-build.ts'
import { loadConfig } from '../../config/load-config.ts'
import { offlineExecutor } from '../../executors/offline.ts'
import type { UserError } from '../../records/user-error.ts'
import { describeResult, renderStatus, type BuildStatus } from '../build-status.ts'
import { exitCodes } from '../exit-codes.ts'
import { openLiveExecutor } from '../open-executor.ts'
import { toPlainText } from '../print-error.ts'
import { createProgressView, type ProgressView } from '../progress.ts'
import { listenForSignals, type Interruption } from '../signals.ts'

export type BuildArguments = {
  config: string
  offline: boolean
  json: boolean
  'keep-stages': boolean
  recompute: boolean
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
  const { config, folder } = await loadConfig(argv.config)
  const specSet = argv.specSet ?? config.specSet
  const name = argv.name ?? (specSet === config.specSet ? config.name : `${config.name}-${specSet}`)
  const resolved = await resolveBuild({ ...config, specSet, name }, folder)
  const { result, hopeless } = await runWithStore(resolved, argv, interruption, view)
  const facts: Pick<BuildStatus, 'status' | 'exitCode' | 'message' | 'details'> =
    result === 'interrupted'
      ? {
          status: 'interrupted',
          exitCode: exitCodes.interrupted,
          message: 'stopped while reading the prompts; nothing was sent',
          details: [],
        }
      : describeResult(result, hopeless)
  const isWhole = result !== 'interrupted' && result.status !== 'incomplete'
  const status: BuildStatus = {
    ...facts,
    name,
    buildId: isWhole ? result.buildId : null,
    path: isWhole ? result.path : null,
    counts: result === 'interrupted' ? null : result.counts,
    requests: result === 'interrupted' ? null : result.ledger.total(),
    startedAt,
    finishedAt: new Date().toISOString(),
  }
  await writeJson(join(resolved.outputRoot, name, 'status.json'), status)
  process.stdout.write(argv.json ? `${JSON.stringify(status, null, 2)}\n` : `${toPlainText(renderStatus(status))}\n`)
  return status.exitCode
}

async function runWithStore(
  resolved: ResolvedBuild,
  { offline, keepStages, recompute }: Pick<ArgumentsCamelCase<BuildArguments>, 'offline' | 'keepStages' | 'recompute'>,
  interruption: Interruption,
  view: ProgressView,
): Promise<{ readonly result: BuildResult | 'interrupted'; readonly hopeless: UserError | null }> {
  const { config } = resolved
  let hopeless: UserError | null = null
  const live = offline
    ? null
    : openLiveExecutor(config, interruption, (error) => {
        hopeless ??= error
        view.note(toPlainText(`${error.message} - stopping.`))
        interruption.giveUp(error)
      })
  const store = openSqliteStore(resolved.storePath)
  const prices = new Map(Object.values(config.models).map(({ model, price }) => [model, price]))
  try {
    for (const path of resolved.recordings) await importRecording(path, store)
    const result = await runBuild(resolved, {
      store,
      executor: live?.executor ?? offlineExecutor,
      drain: interruption.drain,
      priceOf: (model) => prices.get(model) ?? null,
      timestamp: () => new Date().toISOString(),
      onProgress: view.update,
      keepStages,
      recompute,
      giveUp: interruption.giveUp,
    })
    return { result, hopeless }
  } catch (error) {
    if (interruption.wasSignalled() && isAbort(error)) return { result: 'interrupted', hopeless: null }
    throw error
  } finally {
    view.stop()
    await store.close()
    await live?.close()
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
