import type { Argv } from 'yargs'
import { mergeStore } from '../../answers/merge-stores.ts'
import type { Command } from '../defer-command.ts'
import { openAnswerStore, openCalibrationStore, openDecisionStore, openHousekeeping } from '../open-store.ts'
import { formatNumber } from '../render-spend.ts'
import { takeLists } from '../take-lists.ts'

type MergeArguments = { into: string; from: string[] }

export const storeMergeCommand: Command<MergeArguments> = {
  builder: (yargs: Argv): Argv<MergeArguments> =>
    takeLists(yargs, ['from'])
      .positional('into', {
        type: 'string',
        demandOption: true,
        describe: 'The store that takes them; made if need be',
      })
      .positional('from', { type: 'string', array: true, demandOption: true, describe: 'Stores that are only read' }),
  handler: async ({ into: path, from: paths }) => {
    // All are opened before the first answer is put: a store that cannot be read stops the merge before it began.
    const sources = await Promise.all(
      paths.map(async (one) => ({ path: one, store: await openHousekeeping(one, 'read') })),
    )
    const into = await openAnswerStore(path)
    try {
      for (const { path: name, store } of sources) {
        const { added, surplus, known, retries } = await mergeStore(store, into, name)
        const counts = `${formatNumber(added)} answers added, ${formatNumber(surplus)} kept as surplus`
        const asked = retries === 0 ? '' : `; ${formatNumber(retries)} requests asked again`
        process.stdout.write(
          `${name}: ${counts}, ${formatNumber(known)} known already${asked}${await mergeDecisions(name, path)}${await mergeCalibrations(name, path)}\n`,
        )
      }
    } finally {
      await into.close()
      for (const { store } of sources) await store.close()
    }
  },
}

/** What people said is carried along; nothing is said of it where there is none. */
async function mergeDecisions(fromPath: string, intoPath: string): Promise<string> {
  const [from, into] = [await openDecisionStore(fromPath, 'read'), await openDecisionStore(intoPath)]
  try {
    const decisions = await from.list()
    if (decisions.length === 0) return ''
    const { added, known } = await into.add(decisions)
    return `; ${formatNumber(added)} decisions added, ${formatNumber(known)} known already`
  } finally {
    await from.close()
    await into.close()
  }
}

/** How far graders agreed with people goes where the answers of these graders go. */
async function mergeCalibrations(fromPath: string, intoPath: string): Promise<string> {
  const [from, into] = [await openCalibrationStore(fromPath, 'read'), await openCalibrationStore(intoPath)]
  try {
    const calibrations = await from.list()
    if (calibrations.length === 0) return ''
    let added = 0
    for (const calibration of calibrations) added += (await into.add(calibration)) ? 1 : 0
    return `; ${formatNumber(added)} calibrations added, ${formatNumber(calibrations.length - added)} known already`
  } finally {
    await from.close()
    await into.close()
  }
}
