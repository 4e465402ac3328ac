import { basename, dirname, join } from 'node:path'
import type { Argv, CommandModule } from 'yargs'
import { importRecording } from '../../answers/recording.ts'
import { openSqliteStore } from '../../answers/sqlite-store.ts'
import { writeJson } from '../../build/build-folder.ts'
import { readWholeBuild } from '../../build/read-whole-build.ts'
import { resolveBuild } from '../../build/resolve-build.ts'
import { loadConfig } from '../../config/load-config.ts'
import { countLeaningSamples } from '../../plan/leaning-samples.ts'
import { planBuild } from '../../plan/plan-build.ts'
import { readManifest } from '../../build/read-manifest.ts'
import { toPlainText } from '../print-error.ts'
import { renderPlan } from '../render-plan.ts'

type PlanArguments = {
  config: string
  against: string | undefined
  'spec-set': string | undefined
  name: string | undefined
  out: string | undefined
  json: boolean
}

export const planCommand: CommandModule<object, PlanArguments> = {
  command: 'plan <config>',
  describe: 'Say what a build would send, why, and for how much; sends nothing',
  builder: (yargs: Argv): Argv<PlanArguments> =>
    yargs
      .positional('config', { type: 'string', demandOption: true, describe: 'Build config (YAML)' })
      .option('against', {
        type: 'string',
        describe: 'A build folder for rates and rows; default: the latest of the config',
      })
      .option('spec-set', { type: 'string', describe: 'Plan with another folder of specs/' })
      .option('name', { type: 'string', describe: 'Another name for the build' })
      .option('out', { type: 'string', describe: 'Also write the plan to this file, for build --plan' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the plan as JSON' })
      .example('$0 plan data/demo.yaml', 'after an edit of a spec: what it touches and what it costs'),
  handler: async (argv) => {
    const loaded = await loadConfig(argv.config)
    const specSet = argv.specSet ?? loaded.config.specSet
    const name =
      argv.name ?? (specSet === loaded.config.specSet ? loaded.config.name : `${loaded.config.name}-${specSet}`)
    const resolved = await resolveBuild({ ...loaded.config, specSet, name }, loaded.folder)
    const folder = argv.against ?? join(resolved.outputRoot, name, 'latest')
    const against = argv.against === undefined ? await readWholeBuild(folder) : await readManifest(folder)
    const prices = new Map(Object.values(resolved.config.models).map(({ model, price }) => [model, price]))
    const store = openSqliteStore(resolved.storePath)
    try {
      for (const path of resolved.recordings) await importRecording(path, store)
      const plan = await planBuild(resolved, {
        store,
        priceOf: (model) => prices.get(model) ?? null,
        against,
        leaningOn: against === null ? () => 0 : await countLeaningSamples(folder, against),
        timestamp: () => new Date().toISOString(),
        signal: new AbortController().signal,
        onPrompt: () => undefined,
      })
      if (argv.out !== undefined) await writeJson(join(dirname(argv.out), basename(argv.out)), plan)
      process.stdout.write(argv.json ? `${JSON.stringify(plan, null, 2)}\n` : `${toPlainText(renderPlan(plan))}\n`)
    } finally {
      await store.close()
    }
  },
}
