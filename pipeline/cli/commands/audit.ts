import type { Argv } from 'yargs'
import { deferCommand, type Command } from '../defer-command.ts'
import { serveAuditPage, takeServeOptions, type ServeArguments } from './audit-serve.ts'

export const auditCommand: Command<ServeArguments> = {
  builder: (yargs: Argv): Argv<ServeArguments> =>
    takeServeOptions(yargs)
      .command(
        deferCommand(
          'list',
          'List what auditors decided and what the build made of it: stale, conflicting and flagged texts too',
          async () => (await import('./audit-list.ts')).auditListCommand,
        ),
      )
      .command(
        deferCommand(
          'stats',
          'How much was decided, how far auditors agree with one another and with each grader',
          async () => (await import('./audit-stats.ts')).auditStatsCommand,
        ),
      )
      .command(
        deferCommand(
          'decide <candidate> <action>',
          'Decide about one candidate without the page',
          async () => (await import('./audit-decide.ts')).auditDecideCommand,
        ),
      )
      .command(
        deferCommand(
          'export [file]',
          'Write every decision as JSON lines, to keep in git or to carry elsewhere',
          async () => (await import('./audit-export.ts')).auditExportCommand,
        ),
      )
      .command(
        deferCommand(
          'import <file>',
          'Put decisions into the store; those that are there already stay as they are',
          async () => (await import('./audit-import.ts')).auditImportCommand,
        ),
      ),
  handler: serveAuditPage,
}
