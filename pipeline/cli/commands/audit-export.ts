import type { Argv } from 'yargs'
import { renderDecisionLines } from '../../decisions/decision-lines.ts'
import { writeThenRename } from '../../shards/write-then-rename.ts'
import { openStore, takeStore, type StoreArguments } from '../audit-target.ts'
import type { Command } from '../defer-command.ts'

type ExportArguments = StoreArguments & { file: string | undefined }

export const auditExportCommand: Command<ExportArguments> = {
  builder: (yargs: Argv): Argv<ExportArguments> =>
    takeStore(yargs)
      .positional('file', { type: 'string', describe: 'The file; without one, or as -, they are printed' })
      .example('$0 audit export decisions.jsonl -c my.yaml', 'then name it in the config under `decisions`'),
  handler: async ({ file, ...argv }) => {
    const { decisions: store } = await openStore(argv)
    try {
      const decisions = await store.list()
      const lines = renderDecisionLines(decisions)
      // yargs makes an empty text of the dash.
      if (file === undefined || file === '') {
        process.stdout.write(lines)
        return
      }
      await writeThenRename(
        file,
        (append) => append(Buffer.from(lines)),
        async () => undefined,
      )
      process.stdout.write(`${decisions.length} decisions written to ${file}\n`)
    } finally {
      await store.close()
    }
  },
}
