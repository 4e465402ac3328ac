import type { Argv, CommandModule } from 'yargs'
import { resolveBuild } from '../../build/resolve-build.ts'
import { buildConfigSchema } from '../../config/build-config.ts'
import { loadConfig } from '../../config/load-config.ts'
import { trainerFormats } from '../../shards/trainer-formats.ts'
import { openTokenCounter } from '../../tokens/open-token-counter.ts'

type CheckArguments = { config: string; json: boolean }

const checkCommand: CommandModule<object, CheckArguments> = {
  command: 'check <config>',
  describe: 'Check a build config, its specs and its templates; sends nothing',
  builder: (yargs: Argv): Argv<CheckArguments> =>
    yargs
      .positional('config', { type: 'string', demandOption: true, describe: 'Build config (YAML)' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the config with every default filled in' }),
  handler: async (argv) => {
    const { config, folder, describeProblems } = await loadConfig(argv.config)
    const { specs, generate, grade, quota } = await resolveBuild(config, folder, describeProblems)
    const { tokenizer, format } = config.emit
    if (tokenizer !== null) await openTokenCounter(tokenizer, trainerFormats[format], folder)
    if (argv.json) {
      process.stdout.write(`${JSON.stringify(config, null, 2)}\n`)
      return
    }
    const panel = grade.panel.map(
      ({ judge, role, votes }) => `${judge.name} (${role.model}${votes > 1 ? `, ${votes} votes` : ''})`,
    )
    process.stdout.write(
      [
        `${argv.config}: ok`,
        `  sources    ${config.sources.map((source) => source.name).join(', ')}`,
        `  specs      ${specs.name}: ${[...specs.specs.keys()].join(', ')}`,
        `  generate   ${generate.candidates} candidates a prompt by ${generate.role.model}`,
        `  rules      ${grade.rules.map((rule) => rule.name).join(', ')}`,
        `  judges     ${panel.join(', ')}`,
        ...(quota === null
          ? []
          : [`  quota      ${quota.lines.map(({ name, asked }) => `${name} ${asked}`).join(' · ')}`]),
        '',
      ].join('\n'),
    )
  },
}

const schemaCommand: CommandModule = {
  command: 'schema',
  describe: 'Print the JSON Schema of build configs, for editors',
  handler: () => {
    process.stdout.write(`${JSON.stringify(buildConfigSchema.toJSONSchema({ io: 'input' }), null, 2)}\n`)
  },
}

export const configCommand: CommandModule = {
  command: 'config <command>',
  describe: 'Check a build config, or print the schema of configs',
  builder: (yargs: Argv): Argv => yargs.command(checkCommand).command(schemaCommand).demandCommand(1),
  handler: () => undefined,
}
