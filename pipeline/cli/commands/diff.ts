import type { Argv } from 'yargs'
import { diffBuilds, type BuildDiff, type DiffOptions } from '../../diff/diff-builds.ts'
import { renderDiffPage } from '../../diff/render-page.ts'
import { renderDiffText } from '../../diff/render-text.ts'
import { showUnseen } from '../../display/visible-text.ts'
import { UserError } from '../../records/user-error.ts'
import { writeThenRename, type AppendBytes } from '../../shards/write-then-rename.ts'
import type { Command } from '../defer-command.ts'

type DiffArguments = {
  'build-a': string
  'build-b': string
  top: number
  html: string | undefined
  rows: string | undefined
  json: boolean
}

/** Whole texts of so many prompts are held in memory. */
const mostMovers = 1000

export const diffCommand: Command<DiffArguments> = {
  builder: (yargs: Argv): Argv<DiffArguments> =>
    yargs
      .positional('build-a', { type: 'string', demandOption: true, describe: 'The earlier build, or the baseline arm' })
      .positional('build-b', { type: 'string', demandOption: true, describe: 'The later build, or the other arm' })
      .option('top', { type: 'number', default: 10, describe: 'So many of the farthest moved prompts are shown' })
      .option('html', { type: 'string', describe: 'Also write a page to this file: one file, no network, no script' })
      .option('rows', { type: 'string', describe: 'Also write every changed prompt to this file, a JSON line each' })
      .option('json', { type: 'boolean', default: false, describe: 'Print as JSON, with whole texts' })
      .example('$0 diff data/builds/demo/<id> data/builds/demo/latest', 'what an edit of a policy did')
      .example('$0 diff data/builds/demo-hard-refusal/latest data/builds/demo/latest', 'one prompt set in two arms'),
  handler: async ({ 'build-a': a, 'build-b': b, top, html, rows, json }) => {
    if (!Number.isInteger(top) || top < 0 || top > mostMovers) {
      throw new UserError('usage', `expected a whole number from 0 to ${mostMovers} for --top, got ${top}`, {
        remedy: '--rows writes every changed prompt.',
      })
    }
    const diff =
      rows === undefined ? await diffBuilds(a, b, { top, onChange: ignore }) : await writeRows(rows, a, b, top)
    if (html !== undefined) {
      const page = await renderDiffPage(diff)
      await writeFile(html, (append) => append(Buffer.from(page)))
    }
    process.stdout.write(json ? `${showUnseen(JSON.stringify(diff, null, 2))}\n` : `${renderDiffText(diff)}\n`)
  },
}

const ignore: DiffOptions['onChange'] = () => undefined

/** Lines wait in memory until they are worth a write. */
const gatheredBytes = 256 * 1024

/** Compares while it writes, so that no number of changed prompts fills the memory. */
async function writeRows(path: string, a: string, b: string, top: number): Promise<BuildDiff> {
  const diffs: BuildDiff[] = []
  await writeFile(path, async (append) => {
    let gathered = ''
    const flush = async (): Promise<void> => {
      await append(Buffer.from(gathered))
      gathered = ''
    }
    const diff = await diffBuilds(a, b, {
      top,
      onChange: (changed) => {
        gathered += `${showUnseen(JSON.stringify(changed))}\n`
        return gathered.length < gatheredBytes ? undefined : flush()
      },
    })
    await flush()
    diffs.push(diff)
  })
  const [diff] = diffs
  if (diff === undefined) throw new Error('expected a comparison once its rows are written')
  return diff
}

async function writeFile(path: string, fill: (append: AppendBytes) => Promise<void>): Promise<void> {
  await writeThenRename(path, fill, async () => undefined)
}
