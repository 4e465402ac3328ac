import type { Argv, CommandModule } from 'yargs'
import { calibrateGraderCommand } from './calibrate-grader.ts'
import { calibrateListCommand } from './calibrate-list.ts'

export const calibrateCommand: CommandModule = {
  command: 'calibrate',
  describe: 'Measure how far a grader agrees with people, or list what was measured',
  builder: (yargs: Argv): Argv => yargs.command(calibrateGraderCommand).command(calibrateListCommand),
  handler: () => undefined,
}
