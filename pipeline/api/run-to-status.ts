import { takeBuildLock, type LockHolder } from '../build/build-lock.ts'
import type { ResolvedBuild } from '../build/resolve-build.ts'
import type { BuildLog } from '../cli/build-log.ts'
import { describeEnd, describeError, type EndStatus } from '../cli/build-status.ts'
import { listSecrets, type Environment } from '../cli/environment.ts'
import type { LocatedBuild } from '../cli/locate-build.ts'
import { openNotifications } from '../cli/open-notifications.ts'
import type { Interruption } from '../cli/signals.ts'
import { buildUnderLock } from './build-under-lock.ts'
import type { RunSettings } from './run-with-store.ts'

/** What a run touches of the process around it. */
export type RunSurroundings = {
  /** Who this run is. */
  readonly me: LockHolder
  readonly log: BuildLog
  readonly interruption: Interruption
  /** Where keys and URLs are read from. Default: the environment of the process. */
  readonly env?: Environment | undefined
  /** Given what to do before the process ends without waiting for the build. */
  readonly onForcedExit?: (act: () => void) => void
}

export type RunEnd = {
  readonly status: EndStatus
  /** What ended it; null where the status says all. */
  readonly error: unknown
}

/**
 * Runs a build to its end under its lock, keeps `status.json`, and tells whom the config names. A run that does not get
 * the lock leaves everything as it is. Does not throw: an error is an end.
 * @param open Reads specs and templates; an error in it is an end too.
 */
export async function runToStatus(
  located: LocatedBuild,
  open: () => Promise<ResolvedBuild>,
  settings: RunSettings,
  surroundings: RunSurroundings,
): Promise<RunEnd> {
  const { log, env } = surroundings
  log.know(located.config.name, listSecrets(located.config, env))
  const notify = await openNotifications(located, log, env)
  const end = await runLocked(located, open, settings, surroundings)
  await notify(end.status)
  return end
}

async function runLocked(
  located: LocatedBuild,
  open: () => Promise<ResolvedBuild>,
  settings: RunSettings,
  surroundings: RunSurroundings,
): Promise<RunEnd> {
  const { me, log } = surroundings
  try {
    const lock = await takeBuildLock(located.home, me)
    try {
      log.event('info', 'lock', { home: located.home })
      return await buildUnderLock(located, open, settings, surroundings)
    } finally {
      await lock.release()
    }
  } catch (error) {
    return endInError(me, located.config.name, error)
  } finally {
    log.stop()
  }
}

/** The end of a run that has no status.json of its own. */
export function endInError(me: LockHolder, name: string | null, error: unknown): RunEnd {
  const { runId, pid, host, since: startedAt } = me
  const run = { name, runId, pid, host, startedAt, previous: null }
  return { status: describeEnd(run, describeError(error)), error }
}
