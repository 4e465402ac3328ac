import type { Argv, CommandModule } from 'yargs'
import { gatesCheckCommand } from './gates-check.ts'

export const gatesCommand: CommandModule = {
  command: 'gates <command>',
  describe: 'Work with what holds a build back',
  builder: (yargs: Argv): Argv => yargs.command(gatesCheckCommand).demandCommand(1),
  handler: () => undefined,
}
