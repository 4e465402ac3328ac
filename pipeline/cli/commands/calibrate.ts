import type { Argv, CommandModule } from 'yargs'
import { deferCommand } from '../defer-command.ts'

export const calibrateCommand: CommandModule = {
  command: 'calibrate',
  describe: 'Measure how far a grader agrees with people, or list what was measured',
  builder: (yargs: Argv): Argv =>
    yargs
      .command(
        deferCommand(
          '$0 <grader>',
          'Run a grader over examples labelled by people and say how far they agree',
          async () => (await import('./calibrate-grader.ts')).calibrateGraderCommand,
        ),
      )
      .command(
        deferCommand(
          'list',
          'List the calibrations that a store keeps, oldest first',
          async () => (await import('./calibrate-list.ts')).calibrateListCommand,
        ),
      ),
  handler: () => undefined,
}
