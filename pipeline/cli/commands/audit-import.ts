import type { Argv } from 'yargs'
import { readDecisionLines } from '../../decisions/decision-lines.ts'
import { openStore, takeStore, type StoreArguments } from '../audit-target.ts'
import type { Command } from '../defer-command.ts'

type ImportArguments = StoreArguments & { file: string }

export const auditImportCommand: Command<ImportArguments> = {
  builder: (yargs: Argv): Argv<ImportArguments> =>
    takeStore(yargs).positional('file', {
      type: 'string',
      demandOption: true,
      describe: 'JSON lines that `audit export` wrote',
    }),
  handler: async ({ file, ...argv }) => {
    // Read whole before the store is opened: a bad line keeps none of them.
    const decisions = await readDecisionLines(file)
    const { decisions: store } = await openStore(argv)
    try {
      const { added, known } = await store.add(decisions)
      process.stdout.write(`${added} decisions added, ${known} known already\n`)
    } finally {
      await store.close()
    }
  },
}
