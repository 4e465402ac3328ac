import type { Argv, CommandModule } from 'yargs'
import { deferCommand } from '../defer-command.ts'

export const exportCommand: CommandModule = {
  command: 'export <command>',
  describe: 'Write what a later training stage takes from a build',
  builder: (yargs: Argv): Argv =>
    yargs
      .command(
        deferCommand(
          'rft <build>',
          "Write a build's prompts and its reward for reinforcement fine-tuning",
          async () => (await import('./export-rft.ts')).exportRftCommand,
        ),
      )
      .demandCommand(1),
  handler: () => undefined,
}
