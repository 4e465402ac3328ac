import type { Argv, CommandModule } from 'yargs'
import { exportRftCommand } from './export-rft.ts'

export const exportCommand: CommandModule = {
  command: 'export <command>',
  describe: 'Write what a later training stage takes from a build',
  builder: (yargs: Argv): Argv => yargs.command(exportRftCommand).demandCommand(1),
  handler: () => undefined,
}
