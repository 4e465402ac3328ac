import type { Argv, CommandModule } from 'yargs'
import { deferCommand } from '../defer-command.ts'

export const configCommand: CommandModule = {
  command: 'config <command>',
  describe: 'Check a build config, or print the schema of configs',
  builder: (yargs: Argv): Argv =>
    yargs
      .command(
        deferCommand(
          'check <config>',
          'Check a build config, its specs and its templates; sends nothing',
          async () => (await import('./config-check.ts')).configCheckCommand,
        ),
      )
      .command(
        deferCommand(
          'schema',
          'Print the JSON Schema of build configs, for editors',
          async () => (await import('./config-schema.ts')).configSchemaCommand,
        ),
      )
      .demandCommand(1),
  handler: () => undefined,
}
