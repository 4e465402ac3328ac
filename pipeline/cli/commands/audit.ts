import type { Argv, CommandModule } from 'yargs'
import { auditDecideCommand } from './audit-decide.ts'
import { auditExportCommand } from './audit-export.ts'
import { auditImportCommand } from './audit-import.ts'
import { auditListCommand } from './audit-list.ts'
import { auditStatsCommand } from './audit-stats.ts'

export const auditCommand: CommandModule = {
  command: 'audit',
  describe: 'Read what was accepted and rejected, overrule it, and look after decisions',
  builder: (yargs: Argv): Argv =>
    yargs
      .command(auditListCommand)
      .command(auditStatsCommand)
      .command(auditDecideCommand)
      .command(auditExportCommand)
      .command(auditImportCommand)
      .demandCommand(1),
  handler: () => undefined,
}
