import type { Argv, CommandModule } from 'yargs'
import { deferCommand } from '../defer-command.ts'

export const promptsCommand: CommandModule = {
  command: 'prompts <command>',
  describe: 'Make prompts from topics, and see which kinds of prompts are few',
  builder: (yargs: Argv): Argv =>
    yargs
      .command(
        deferCommand(
          'synthesize <config>',
          'Make prompts from a list of topics: intent variants, wordings, translations, each verified',
          async () => (await import('./prompts-synthesize.ts')).promptsSynthesizeCommand,
        ),
      )
      .command(
        deferCommand(
          'coverage [path]',
          'Count prompts by category, intent, language and turns, and say which kinds are few',
          async () => (await import('./prompts-coverage.ts')).promptsCoverageCommand,
        ),
      )
      .demandCommand(1),
  handler: () => undefined,
}
