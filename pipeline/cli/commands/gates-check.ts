import type { Argv } from 'yargs'
import { checkBuild } from '../../gates/check-build.ts'
import type { GateResult, GatesFile } from '../../gates/gate-result.ts'
import type { Command } from '../defer-command.ts'
import { exitCodes } from '../exit-codes.ts'
import { openBuild } from '../open-build.ts'
import { openCalibrations } from '../open-calibrations.ts'
import { toPlainText } from '../print-error.ts'

type CheckArguments = { folder: string; config: string; findings: string | undefined; json: boolean }

export const gatesCheckCommand: Command<CheckArguments> = {
  builder: (yargs: Argv): Argv<CheckArguments> =>
    yargs
      .positional('folder', {
        type: 'string',
        demandOption: true,
        describe: 'A build, such as data/builds/demo/latest, or one that was held back',
      })
      .option('config', { alias: 'c', type: 'string', demandOption: true, describe: 'The build config with the gates' })
      .option('findings', { type: 'string', describe: 'Also write every finding to this file, a JSON line each' })
      .option('json', { type: 'boolean', default: false, describe: 'Print as gates.json has it' })
      .example(
        '$0 gates check data/builds/demo/latest -c data/demo.yaml',
        'before a limit is changed: what would it do?',
      ),
  handler: async ({ folder, config, findings, json }) => {
    const resolved = await openBuild({ config })
    const checked = await checkBuild(folder, resolved, {
      calibrations: await openCalibrations(resolved),
      now: new Date().toISOString(),
      findingsPath: findings ?? null,
    })
    if (!checked.passed) process.exitCode = exitCodes.gateFailed
    process.stdout.write(json ? `${JSON.stringify(checked, null, 2)}\n` : `${toPlainText(renderGates(checked))}\n`)
  },
}

function renderGates({ buildId, gates }: GatesFile): string {
  const count = (status: GateResult['status']): number => gates.filter((one) => one.status === status).length
  const lines = gates.flatMap(({ gate, status, failures, summary }) => {
    const told = failures.map((line) => `${' '.repeat(26)}${line}`)
    return [`${status.padEnd(7)} ${gate.padEnd(17)} ${summary}`.trimEnd(), ...told]
  })
  return [...lines, `${buildId}: ${count('passed')} gates passed, ${count('failed')} failed, ${count('off')} off`].join(
    '\n',
  )
}
