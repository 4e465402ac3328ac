import type { Argv } from 'yargs'
import type { AnswerChoice, StoreReading } from '../../answers/answer-store.ts'
import { writeRecordingFile } from '../../answers/write-recording-file.ts'
import { findBuilds } from '../../build/find-builds.ts'
import { readUsedRequests } from '../../build/used-requests.ts'
import { UserError } from '../../records/user-error.ts'
import type { Command } from '../defer-command.ts'
import { openHousekeeping } from '../open-store.ts'
import { formatNumber } from '../render-spend.ts'
import { takeLists } from '../take-lists.ts'

type ExportArguments = {
  store: string
  file: string
  builds: string[] | undefined
  step: string | undefined
  category: string | undefined
}

export const storeExportCommand: Command<ExportArguments> = {
  builder: (yargs: Argv): Argv<ExportArguments> =>
    takeLists(yargs, ['builds'])
      .positional('store', {
        type: 'string',
        demandOption: true,
        describe: 'The answer store: a path, or postgres:NAME',
      })
      .positional('file', {
        type: 'string',
        demandOption: true,
        describe: 'The recording (JSON lines; gzip if its name ends in .gz)',
      })
      .option('builds', { type: 'string', array: true, describe: 'Only what the builds at or below these folders use' })
      .option('step', { type: 'string', describe: 'Only this step: classify, generate, grade or grade:<judge>' })
      .option('category', { type: 'string', describe: 'Only this category' })
      .example('$0 store export demo.db demo.jsonl.gz --builds data/builds/demo/latest', 'what one build rests on'),
  handler: async ({ store: path, file, builds, step, category }) => {
    const store = await openHousekeeping(path, 'read')
    try {
      const use = builds === undefined ? null : await store.noteUse(readUsedRequests(await findBuilds(builds)))
      const choice = { use: use === null ? undefined : ('used' as const), step, category }
      await checkChoice(store, choice, path)
      const answers = await writeRecordingFile(store.entries(choice), await store.listRetries(), file)
      const missing = use === null ? '' : `; ${formatNumber(use.missing)} that the builds name are not in the store`
      process.stdout.write(`${formatNumber(answers)} answers written to ${file}${missing}\n`)
    } finally {
      await store.close()
    }
  },
}

/** A name that no answer bears is a slip of the pen: the store knows which there are. */
async function checkChoice(store: StoreReading, choice: AnswerChoice, path: string): Promise<void> {
  const { step, category, use } = choice
  if (step === undefined && category === undefined && use === undefined) return
  if ((await store.measure(choice)).length > 0) return
  const all = await store.measure()
  throw new UserError('no_answers', 'expected answers that fit the choice, got none', {
    where: path,
    remedy: `Steps in the store: ${listNames(all.map((one) => one.step))}. Categories: ${listNames(all.map((one) => one.category))}.`,
  })
}

function listNames(names: readonly (string | null)[]): string {
  return [...new Set(names.filter((name) => name !== null))].toSorted().join(', ') || 'none'
}
