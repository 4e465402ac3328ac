import type { Argv, CommandModule } from 'yargs'
import { deferCommand } from '../defer-command.ts'

export const specCommand: CommandModule = {
  command: 'spec <command>',
  describe: 'Work with policy specs',
  builder: (yargs: Argv): Argv =>
    yargs
      .command(
        deferCommand(
          'check [folder]',
          'Lint spec sets: ids, groups, sizes, references',
          async () => (await import('./spec-check.ts')).specCheckCommand,
        ),
      )
      .command(
        deferCommand(
          'trace <clause>',
          'List the samples whose reasoning cites a clause, accepted and rejected',
          async () => (await import('./spec-trace.ts')).specTraceCommand,
        ),
      )
      .demandCommand(1),
  handler: () => undefined,
}
