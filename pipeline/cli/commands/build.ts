import type { Argv } from 'yargs'
import type { BuildArguments } from '../build-arguments.ts'
import type { Command } from '../defer-command.ts'
import { takeRunnerOptions } from '../take-runner-options.ts'

export const buildCommand: Command<BuildArguments> = {
  builder: (yargs: Argv): Argv<BuildArguments> =>
    takeRunnerOptions(yargs)
      .positional('config', { type: 'string', demandOption: true, describe: 'Build config (YAML)' })
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
    // Here and not above: help, completion and slips of this command are quick too.
    const { runBuildCommand } = await import('../run-build-command.ts')
    process.exitCode = await runBuildCommand(argv)
  },
}
