import type { Argv, CommandModule } from 'yargs'
import { importRecording } from '../../answers/recording.ts'
import { writeJson } from '../../build/build-folder.ts'
import { planBuild } from '../../plan/plan-build.ts'
import { createPriceLookup } from '../../config/price-table.ts'
import { findEarlierBuild, openBuild } from '../open-build.ts'
import { openDecisions } from '../open-decisions.ts'
import { openAnswerStore } from '../open-store.ts'
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
    const resolved = await openBuild(argv)
    const earlier = await findEarlierBuild(resolved, argv.against)
    const store = await openAnswerStore(resolved.storePath)
    try {
      for (const path of resolved.recordings) await importRecording(path, store)
      const plan = await planBuild(resolved, {
        store,
        decisions: await openDecisions(resolved),
        priceOf: createPriceLookup(resolved.config),
        against: earlier,
        timestamp: () => new Date().toISOString(),
        signal: new AbortController().signal,
      })
      if (argv.out !== undefined) await writeJson(argv.out, plan)
      process.stdout.write(
        argv.json ? `${JSON.stringify(plan, null, 2)}\n` : `${toPlainText(renderPlan(plan, resolved.config.budget))}\n`,
      )
    } finally {
      await store.close()
    }
  },
}
