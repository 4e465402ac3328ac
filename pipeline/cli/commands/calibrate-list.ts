import type { Argv } from 'yargs'
import { showUnseen } from '../../display/visible-text.ts'
import { UserError } from '../../records/user-error.ts'
import type { Command } from '../defer-command.ts'
import { openBuild } from '../open-build.ts'
import { openCalibrationStore } from '../open-store.ts'
import { toPlainText } from '../print-error.ts'
import { renderCalibrations } from '../render-calibration.ts'

type ListArguments = { store: string | undefined; config: string | undefined; json: boolean }

export const calibrateListCommand: Command<ListArguments> = {
  builder: (yargs: Argv): Argv<ListArguments> =>
    yargs
      .option('store', { type: 'string', describe: "The answer store (SQLite); default: the config's" })
      .option('config', { alias: 'c', type: 'string', describe: 'A build config, for its store' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the calibrations as JSON' })
      .example('$0 calibrate list -c data/demo.yaml', 'how far the graders of the demo agreed with people'),
  handler: async ({ store: path, config, json }) => {
    const storePath = path ?? (config === undefined ? undefined : (await openBuild({ config })).storePath)
    if (storePath === undefined) {
      throw new UserError('usage', 'expected a store, got neither --store nor --config', {
        remedy: 'Name the answer store, or a build config that names it.',
      })
    }
    const store = await openCalibrationStore(storePath, 'read')
    try {
      const calibrations = await store.list()
      process.stdout.write(
        json
          ? `${showUnseen(JSON.stringify(calibrations, null, 2))}\n`
          : `${toPlainText(renderCalibrations(calibrations))}\n`,
      )
    } finally {
      await store.close()
    }
  },
}
