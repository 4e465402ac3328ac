import type { Argv, CommandModule } from 'yargs'
import { auditDecideCommand } from './audit-decide.ts'
import { auditExportCommand } from './audit-export.ts'
import { auditImportCommand } from './audit-import.ts'
import { auditListCommand } from './audit-list.ts'
import { serveAuditPage, takeServeOptions, type ServeArguments } from './audit-serve.ts'
import { auditStatsCommand } from './audit-stats.ts'

export const auditCommand: CommandModule<object, ServeArguments> = {
  command: 'audit [build]',
  describe: 'Read what was accepted and rejected on a page of this machine, overrule it, and look after decisions',
  builder: (yargs: Argv): Argv<ServeArguments> =>
    takeServeOptions(yargs)
      .command(auditListCommand)
      .command(auditStatsCommand)
      .command(auditDecideCommand)
      .command(auditExportCommand)
      .command(auditImportCommand),
  handler: serveAuditPage,
}
