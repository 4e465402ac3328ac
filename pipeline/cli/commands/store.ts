import type { Argv, CommandModule } from 'yargs'
import { deferCommand } from '../defer-command.ts'

export const storeCommand: CommandModule = {
  command: 'store <command>',
  describe: 'Look after stored answers: what they came to, carry them elsewhere, drop what no build uses',
  builder: (yargs: Argv): Argv =>
    yargs
      .command(
        deferCommand(
          'stats <store>',
          'Say what the answers of a store came to, by model, step and category',
          async () => (await import('./store-stats.ts')).storeStatsCommand,
        ),
      )
      .command(
        deferCommand(
          'export <store> <file>',
          'Write the answers of a store as a recording, to keep or to carry elsewhere',
          async () => (await import('./store-export.ts')).storeExportCommand,
        ),
      )
      .command(
        deferCommand(
          'import <store> <file>',
          "Put a recording's answers into a store; answers that are there already stay as they are",
          async () => (await import('./store-import.ts')).storeImportCommand,
        ),
      )
      .command(
        deferCommand(
          'merge <into> <from..>',
          'Put answers, decisions and calibrations of other stores into one; of two answers to a request the first is used',
          async () => (await import('./store-merge.ts')).storeMergeCommand,
        ),
      )
      .command(
        deferCommand(
          'gc <store>',
          'Drop the answers that no kept build uses; without --yes only say which',
          async () => (await import('./store-gc.ts')).storeGcCommand,
        ),
      )
      .demandCommand(1),
  handler: () => undefined,
}
