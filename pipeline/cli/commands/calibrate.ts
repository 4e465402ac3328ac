import type { Argv } from 'yargs'
import { deferCommand, type Command } from '../defer-command.ts'
import { calibrateGraderCommand } from './calibrate-grader.ts'

export const calibrateCommand: Command<object> = {
  builder: (yargs: Argv): Argv =>
    yargs
      // Not deferred: of a default command that is, yargs shows the help of the whole program.
      .command({
        command: '$0 <grader>',
        describe: 'Run a grader over examples labelled by people and say how far they agree',
        ...calibrateGraderCommand,
      })
      .command(
        deferCommand(
          'list',
          'List the calibrations that a store keeps, oldest first',
          async () => (await import('./calibrate-list.ts')).calibrateListCommand,
        ),
      ),
  handler: () => undefined,
}
