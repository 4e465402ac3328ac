import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs'
import { applyCaps } from '../../api/apply-caps.ts'
import { runToStatus } from '../../api/run-to-status.ts'
import { UserError } from '../../records/user-error.ts'
import { renderStatus } from '../build-status.ts'
import { exitCodes } from '../exit-codes.ts'
import { openBuild } from '../open-build.ts'
import type { RunnerOptions } from '../open-runner.ts'
import { toPlainText } from '../print-error.ts'
import { createProgressView } from '../progress.ts'
import { listenForSignals } from '../signals.ts'

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
  const resolved = applyCaps(await openBuild(argv), { maxCostUsd: argv.maxCost, maxTokens: argv.maxTokens })
  const { strategy, against, plan, recompute, keepStages } = argv
  const status = await runToStatus(
    resolved,
    { ...chooseRunner(argv), strategy, against, plan, recompute, keepStages },
    {
      interruption,
      onProgress: view.update,
      note: (line) => view.note(toPlainText(line)),
      watch: view.watch,
      onEnd: view.stop,
    },
  )
  process.stdout.write(argv.json ? `${JSON.stringify(status, null, 2)}\n` : `${toPlainText(renderStatus(status))}\n`)
  return status.exitCode
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
