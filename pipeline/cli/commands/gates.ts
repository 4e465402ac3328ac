import type { Argv, CommandModule } from 'yargs'
import { deferCommand } from '../defer-command.ts'

export const gatesCommand: CommandModule = {
  command: 'gates <command>',
  describe: 'Work with what holds a build back',
  builder: (yargs: Argv): Argv =>
    yargs
      .command(
        deferCommand(
          'check <folder>',
          'Let the gates of a config judge a build that stands; builds and publishes nothing',
          async () => (await import('./gates-check.ts')).gatesCheckCommand,
        ),
      )
      .demandCommand(1),
  handler: () => undefined,
}
