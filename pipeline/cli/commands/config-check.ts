import type { Argv } from 'yargs'
import { resolveBuild } from '../../build/resolve-build.ts'
import { loadConfig } from '../../config/load-config.ts'
import { trainerFormats } from '../../shards/trainer-formats.ts'
import { openTokenCounter } from '../../tokens/open-token-counter.ts'
import type { Command } from '../defer-command.ts'

type CheckArguments = { config: string; json: boolean }

export const configCheckCommand: Command<CheckArguments> = {
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
