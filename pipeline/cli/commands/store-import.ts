import type { Argv } from 'yargs'
import { importRecording } from '../../answers/recording.ts'
import type { Command } from '../defer-command.ts'
import { openAnswerStore } from '../open-store.ts'
import { formatNumber } from '../render-spend.ts'

type ImportArguments = { store: string; file: string }

export const storeImportCommand: Command<ImportArguments> = {
  builder: (yargs: Argv): Argv<ImportArguments> =>
    yargs
      .positional('store', { type: 'string', demandOption: true, describe: 'The answer store; made if need be' })
      .positional('file', {
        type: 'string',
        demandOption: true,
        describe: 'The recording (JSON lines; gzip if its name ends in .gz)',
      }),
  handler: async ({ store: path, file }) => {
    const store = await openAnswerStore(path)
    try {
      const { added, known, retries } = await importRecording(file, store)
      const asked = retries === 0 ? '' : `; ${formatNumber(retries)} requests asked again`
      process.stdout.write(`${formatNumber(added)} answers added, ${formatNumber(known)} known already${asked}\n`)
    } finally {
      await store.close()
    }
  },
}
