import type { Argv, CommandModule } from 'yargs'
import { promptsCoverageCommand } from './prompts-coverage.ts'
import { promptsSynthesizeCommand } from './prompts-synthesize.ts'

export const promptsCommand: CommandModule = {
  command: 'prompts <command>',
  describe: 'Make prompts from topics, and see which kinds of prompts are few',
  builder: (yargs: Argv): Argv =>
    yargs.command(promptsSynthesizeCommand).command(promptsCoverageCommand).demandCommand(1),
  handler: () => undefined,
}
