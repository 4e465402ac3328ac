import type { Argv } from 'yargs'
import { planProject } from '../../api/plan.ts'
import { writeJson } from '../../build/build-folder.ts'
import type { Command } from '../defer-command.ts'
import { openBuild } from '../open-build.ts'
import { toPlainText } from '../print-error.ts'
import { renderPlan } from '../render-plan.ts'
import { readRetryCodes } from '../retry-codes.ts'

type PlanArguments = {
  config: string
  against: string | undefined
  'spec-set': string | undefined
  name: string | undefined
  out: string | undefined
  'retry-failed': string | undefined
  json: boolean
}

export const planCommand: Command<PlanArguments> = {
  builder: (yargs: Argv): Argv<PlanArguments> =>
    yargs
      .positional('config', { type: 'string', demandOption: true, describe: 'Build config (YAML)' })
      .option('against', {
        type: 'string',
        describe: 'A build folder for rates and rows; default: the latest of the config',
      })
      .option('spec-set', { type: 'string', describe: 'Plan with another folder of specs/' })
      .option('name', { type: 'string', describe: 'Another name for the build' })
      .option('retry-failed', {
        type: 'string',
        describe: 'Plan as if build had been told so: ask again for what failed in the newest build',
      })
      .option('out', { type: 'string', describe: 'Also write the plan to this file, for build --plan' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the plan as JSON' })
      .example('$0 plan data/demo.yaml', 'after an edit of a spec: what it touches and what it costs'),
  handler: async (argv) => {
    const resolved = await openBuild(argv)
    const plan = await planProject(resolved, {
      against: argv.against,
      retryFailed: readRetryCodes(argv['retry-failed']),
    })
    if (argv.out !== undefined) await writeJson(argv.out, plan)
    const text = argv.json ? JSON.stringify(plan, null, 2) : toPlainText(renderPlan(plan, resolved.config.budget))
    process.stdout.write(`${text}\n`)
  },
}
