import type { Argv, CommandModule } from 'yargs'
import { storeExportCommand } from './store-export.ts'
import { storeGcCommand } from './store-gc.ts'
import { storeImportCommand } from './store-import.ts'
import { storeMergeCommand } from './store-merge.ts'
import { storeStatsCommand } from './store-stats.ts'

export const storeCommand: CommandModule = {
  command: 'store <command>',
  describe: 'Look after stored answers: what they came to, carry them elsewhere, drop what no build uses',
  builder: (yargs: Argv): Argv =>
    yargs
      .command(storeStatsCommand)
      .command(storeExportCommand)
      .command(storeImportCommand)
      .command(storeMergeCommand)
      .command(storeGcCommand)
      .demandCommand(1),
  handler: () => undefined,
}
