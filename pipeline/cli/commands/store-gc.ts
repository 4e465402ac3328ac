import type { Argv } from 'yargs'
import { findBuilds, type FoundBuild } from '../../build/find-builds.ts'
import { sumMeasures } from '../../build/sum-measures.ts'
import { readUsedRequests } from '../../build/used-requests.ts'
import { UserError } from '../../records/user-error.ts'
import type { Command } from '../defer-command.ts'
import { openHousekeeping } from '../open-store.ts'
import { formatMegabytes, formatNumber, renderSpend } from '../render-spend.ts'
import { takeLists } from '../take-lists.ts'
import { loadPrices } from './store-stats.ts'

type GcArguments = { store: string; builds: string[]; config: string | undefined; yes: boolean }

export const storeGcCommand: Command<GcArguments> = {
  builder: (yargs: Argv): Argv<GcArguments> =>
    takeLists(yargs, ['builds'])
      .positional('store', {
        type: 'string',
        demandOption: true,
        describe: 'The answer store: a file, or postgres:NAME',
      })
      .option('builds', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'Folders with every build to keep, held ones included',
      })
      .option('config', { alias: 'c', type: 'string', describe: 'A build config, for the prices of its models' })
      .option('yes', { type: 'boolean', default: false, describe: 'Drop them' })
      .example('$0 store gc .safe-completions/demo.db --builds data/builds', 'what could go'),
  handler: async (argv) => {
    const lines = await collectGarbage(argv)
    process.stdout.write(`${lines.join('\n')}\n`)
  },
}

async function collectGarbage({ store: path, builds: folders, config, yes }: GcArguments): Promise<readonly string[]> {
  const priceOf = await loadPrices(config)
  // Alone from before the builds are looked for: a build that used the store has then published, or never will.
  const store = await openHousekeeping(path, yes ? 'alone' : 'read')
  try {
    const builds = await findBuilds(folders)
    const { used, missing } = await store.noteUse(readUsedRequests(builds))
    const peoples = await store.notePeoplesUse()
    const unused = await store.countUnused(newestOf(builds))
    if (used === 0 && unused.answers > 0) throw foreignBuilds(path)
    const spend = sumMeasures(await store.measure({ use: 'unused' }), priceOf)
    const extras = `${formatNumber(unused.surplus)} surplus answers, ${formatNumber(unused.texts)} system texts`
    const { bytes } = await store.size()
    const lines = [
      `builds kept: ${formatNumber(builds.length)}; answers of this store that they use: ${formatNumber(used)}; that they name and it lacks: ${formatNumber(missing)}`,
      ...(peoples === 0
        ? []
        : [
            `kept although no build uses them: ${formatNumber(peoples)} that decisions, calibrations or syntheses rest on`,
          ]),
      `${yes ? 'dropping' : 'would drop'} ${renderSpend(spend)}, ${extras}: ${formatMegabytes(unused.bytes)} of ${formatMegabytes(bytes)}`,
      ...(unused.newer > 0
        ? [
            `${formatNumber(unused.newer)} of these are newer than the newest build: one that was interrupted may want them`,
          ]
        : []),
    ]
    if (!yes) return [...lines, 'nothing was changed; --yes drops them']
    await store.dropUnused()
    return [...lines, `done: the store has ${formatMegabytes((await store.size()).bytes)} now`]
  } finally {
    await store.close()
  }
}

function newestOf(builds: readonly FoundBuild[]): string {
  return builds.reduce((newest, { files }) => (files.createdAt > newest ? files.createdAt : newest), '')
}

function foreignBuilds(path: string): UserError {
  return new UserError(
    'foreign_builds',
    'expected builds that use this store, got only builds that use no answer of it',
    {
      where: path,
      remedy: 'Name the outputFolder of the configs that use this store. To drop every answer, delete the store.',
    },
  )
}
