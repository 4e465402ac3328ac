import type { Argv, CommandModule } from 'yargs'
import type { BuildArguments } from '../build-arguments.ts'
import { runBuildCommand } from '../run-build-command.ts'

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
      .option('retry-failed', {
        type: 'string',
        describe: 'Ask again for what failed in the newest build; =CODES for some kinds of failure only',
      })
      .option('unattended', {
        type: 'boolean',
        default: false,
        describe: 'For cron and CI: JSON lines on stderr, the status as JSON on stdout, no progress bar',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print the status as JSON' })
      .example('$0 build data/demo.yaml --offline', 'the demo: recorded answers, no key, no network'),
  handler: async (argv) => {
    process.exitCode = await runBuildCommand(argv)
  },
}
