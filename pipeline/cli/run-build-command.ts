import { inspect } from 'node:util'
import type { ArgumentsCamelCase } from 'yargs'
import { applyCaps } from '../api/apply-caps.ts'
import { endInError, runToStatus, type RunEnd } from '../api/run-to-status.ts'
import type { LockHolder } from '../build/build-lock.ts'
import { resolveBuild } from '../build/resolve-build.ts'
import { UserError } from '../records/user-error.ts'
import type { BuildArguments } from './build-arguments.ts'
import { createPlainLog, type BuildLog } from './build-log.ts'
import type { EndStatus } from './build-status.ts'
import { chooseRunner } from './choose-runner.ts'
import { exitCodes } from './exit-codes.ts'
import { locateBuild } from './locate-build.ts'
import { printError, toPlainText } from './print-error.ts'
import { createProgressView } from './progress.ts'
import { renderStatus } from './render-status.ts'
import { readRetryCodes } from './retry-codes.ts'
import { identifyRun } from './run-identity.ts'
import { listenForSignals } from './signals.ts'

/**
 * `build` from its arguments to its exit code. Every end has a status: in status.json for a run that got the lock, on
 * stdout for one whose output is read by a program.
 */
export async function runBuildCommand(argv: ArgumentsCamelCase<BuildArguments>): Promise<number> {
  const me = identifyRun()
  const log = argv.unattended ? await openUnattendedLog(me.runId) : openTerminalLog()
  const { status, error } = await run(argv, me, log)
  tellEnd(log, status, error)
  if (error !== null && !argv.unattended) printError(error, writeError)
  if (argv.json || argv.unattended) process.stdout.write(`${JSON.stringify(status, null, 2)}\n`)
  else if (error === null) process.stdout.write(`${toPlainText(renderStatus(status, process.cwd()))}\n`)
  return status.exitCode
}

async function run(argv: ArgumentsCamelCase<BuildArguments>, me: LockHolder, log: BuildLog): Promise<RunEnd> {
  let abandon: (() => void) | null = null
  using interruption = listenForSignals(log.note, () => {
    abandon?.()
    process.exit(exitCodes.interrupted)
  })
  try {
    const { runId: _inEachLine, ...who } = me
    log.event('info', 'start', who)
    const { strategy, against, plan, recompute, keepStages, maxCost, maxTokens } = argv
    const located = await locateBuild(argv)
    const open = async () =>
      applyCaps(await resolveBuild(located.config, located.folder, located.describeProblems), {
        maxCostUsd: maxCost,
        maxTokens,
      })
    const retryFailed = readRetryCodes(argv['retry-failed'])
    const settings = { ...chooseRunner(argv), strategy, against, plan, recompute, keepStages, retryFailed }
    const onForcedExit = (act: () => void): void => void (abandon = act)
    return await runToStatus(located, open, settings, { me, log, interruption, onForcedExit })
  } catch (error) {
    return endInError(me, null, error)
  }
}

function tellEnd(log: BuildLog, status: EndStatus, error: unknown): void {
  const { exitCode, message, details, buildId, path, counts, requests, budget, startedAt, finishedAt } = status
  if (status.status === 'held') log.event('error', 'gate_failed', { gates: details })
  if (error !== null) log.event('error', 'error', describeCause(error))
  const level = exitCode === 0 ? 'info' : endsToResume.has(status.status) ? 'warn' : 'error'
  const spent = { counts, requests, budget, startedAt, finishedAt }
  log.event(level, 'end', { status: status.status, exitCode, message, details, buildId, path, ...spent })
}

/** Ends that the same command goes on from, with nothing to mend. */
const endsToResume: ReadonlySet<EndStatus['status']> = new Set([
  'submitted',
  'interrupted',
  'budget_reached',
  'provider_failed',
  'locked',
])

function describeCause(error: unknown): Record<string, unknown> {
  if (!(error instanceof UserError)) return { code: 'bug', message: inspect(error) }
  const { code, message, where, remedy } = error
  return { code, message, where, remedy }
}

function openTerminalLog(): BuildLog {
  const view = createProgressView(process.stderr, readClock)
  return createPlainLog({ ...view, note: (line) => view.note(toPlainText(line)) })
}

/** Loaded here only: other commands need no logger. */
async function openUnattendedLog(runId: string): Promise<BuildLog> {
  const { createUnattendedLog } = await import('./unattended-log.ts')
  return createUnattendedLog(writeError, runId, readClock)
}

function readClock(): number {
  return performance.now()
}

function writeError(text: string): void {
  process.stderr.write(text)
}
