import type { Argv } from 'yargs'
import type { Finding } from '../../doctor/finding.ts'
import { UserError } from '../../records/user-error.ts'
import type { Command } from '../defer-command.ts'
import { examine, replyTokens } from '../examine.ts'
import { exitCodes } from '../exit-codes.ts'
import { toPlainText } from '../print-error.ts'
import { openBuild } from '../open-build.ts'

type DoctorArguments = { config: string; offline: boolean; timeout: number; json: boolean }

/** A server that needs longer for one small reply is of no use to a build. */
const longestTimeoutS = 3600

export const doctorCommand: Command<DoctorArguments> = {
  builder: (yargs: Argv): Argv<DoctorArguments> =>
    yargs
      .positional('config', { type: 'string', demandOption: true, describe: 'Build config (YAML)' })
      .option('offline', { type: 'boolean', default: false, describe: 'Send nothing: leave the models out' })
      .option('timeout', { type: 'number', default: 30, describe: 'Seconds to wait for each answer' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the findings as JSON' }),
  handler: async ({ config, offline, timeout, json }) => {
    if (!(timeout > 0 && timeout <= longestTimeoutS)) {
      throw new UserError(
        'usage',
        `expected seconds above 0 and up to ${longestTimeoutS} for --timeout, got ${timeout}`,
        {
          remedy: 'Leave it out for 30 seconds.',
        },
      )
    }
    const resolved = await openBuild({ config })
    const { findings, requests } = await examine(resolved, { isOffline: offline, timeoutMs: Math.ceil(timeout * 1000) })
    const exitCode = findExitCode(findings)
    const sent = offline
      ? 'nothing was sent'
      : `${requests} requests were sent, each for ${replyTokens} reply tokens at the most; no answer was stored`
    process.stdout.write(
      json
        ? `${JSON.stringify({ exitCode, requests, findings }, null, 2)}\n`
        : `${toPlainText([...findings.map(renderFinding), summarise(findings), sent].join('\n'))}\n`,
    )
    process.exitCode = exitCode
  },
}

function renderFinding({ check, status, message, remedy }: Finding): string {
  return `${status.padEnd(8)} ${check}: ${message}${remedy === null ? '' : ` - ${remedy}`}`
}

function summarise(findings: readonly Finding[]): string {
  const count = (status: Finding['status']): number => findings.filter((one) => one.status === status).length
  return `${count('ok')} ok, ${count('warning')} warnings, ${count('problem')} problems`
}

/** What can only be waited for counts last: mending the rest need not wait for it. */
function findExitCode(findings: readonly Finding[]): number {
  const problems = findings.filter(({ status }) => status === 'problem')
  if (problems.length === 0) return exitCodes.done
  return problems.every(({ isDown }) => isDown) ? exitCodes.providerFailed : exitCodes.userError
}
