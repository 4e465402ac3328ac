import type { Argv } from 'yargs'
import { verifyBuild } from '../../build/verify-build.ts'
import type { Command } from '../defer-command.ts'
import { exitCodes } from '../exit-codes.ts'
import { toPlainText } from '../print-error.ts'

type VerifyArguments = { folder: string; json: boolean }

export const verifyCommand: Command<VerifyArguments> = {
  builder: (yargs: Argv): Argv<VerifyArguments> =>
    yargs
      .positional('folder', {
        type: 'string',
        demandOption: true,
        describe: 'A build, such as data/builds/demo/latest',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print the findings as JSON' })
      .example('$0 verify data/builds/demo/latest', 'exits 0 when every byte and count is as the manifest says'),
  handler: async ({ folder, json }) => {
    const { manifest, files, rows, problems } = await verifyBuild(folder)
    if (problems.length > 0) process.exitCode = exitCodes.verifyFailed
    if (json) {
      process.stdout.write(`${JSON.stringify({ buildId: manifest.buildId, files, rows, problems }, null, 2)}\n`)
      return
    }
    for (const problem of problems) process.stdout.write(`${toPlainText(problem)}\n`)
    const finding = problems.length === 0 ? 'ok' : `${problems.length} problems`
    process.stdout.write(`${manifest.buildId}: ${files} files, ${rows} rows: ${finding}\n`)
  },
}
