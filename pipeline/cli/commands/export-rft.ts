import type { Argv } from 'yargs'
import { exportRft } from '../../rft/export-rft.ts'
import type { RftManifest } from '../../rft/rft-manifest.ts'
import type { Command } from '../defer-command.ts'
import { printDamaged } from '../print-damaged.ts'
import { toPlainText } from '../print-error.ts'

type ExportRftArguments = {
  build: string
  out: string
  'include-rejected': boolean
  'grader-model': string | undefined
  json: boolean
}

export const exportRftCommand: Command<ExportRftArguments> = {
  builder: (yargs: Argv): Argv<ExportRftArguments> =>
    yargs
      .positional('build', { type: 'string', demandOption: true, describe: 'A build, such as data/builds/demo/latest' })
      .option('out', { type: 'string', demandOption: true, describe: 'A new folder for the files' })
      .option('include-rejected', {
        type: 'boolean',
        default: false,
        describe: 'Also export prompts of which no candidate passed (the prompts, not the candidates)',
      })
      .option('grader-model', {
        type: 'string',
        describe: "The model in grader.json; default: that of the build's judges",
      })
      .option('json', { type: 'boolean', default: false, describe: "Print the export's manifest as JSON" })
      .example('$0 export rft data/builds/demo/latest --out rft', 'prompts, grader.json for OpenAI, reward.py for TRL'),
  handler: async ({ build, out, includeRejected, graderModel, json }) => {
    const outcome = await exportRft(build, { out, includeRejected, graderModel: graderModel ?? null })
    if ('problems' in outcome) {
      process.exitCode = printDamaged(outcome.problems, 'exported', json)
      return
    }
    const { manifest } = outcome
    process.stdout.write(
      json ? `${JSON.stringify(manifest, null, 2)}\n` : `${toPlainText(describeExport(manifest, out))}\n`,
    )
  },
}

function describeExport({ build, prompts, formula, judges, files }: RftManifest, out: string): string {
  const left = prompts.withoutPlace + prompts.unanswered + (prompts.includesRejected ? 0 : prompts.rejected)
  const dropped = judges.filter(({ droppedParameters }) => droppedParameters.length > 0)
  return [
    `${build.id} to ${out}`,
    ...files.map(({ path, rows }) => `  ${path}${rows === undefined ? '' : `  ${rows} prompts`}`),
    `prompts: ${prompts.accepted} accepted${prompts.includesRejected ? `, ${prompts.rejected} rejected` : ''}; ${left} left out`,
    `reward in grader.json: ${formula}`,
    ...dropped.map(
      ({ name, droppedParameters }) => `grader.json cannot have, of ${name}: ${droppedParameters.join(', ')}`,
    ),
  ].join('\n')
}
