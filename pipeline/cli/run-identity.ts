import { randomBytes } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import type { LockHolder } from '../build/build-lock.ts'

const longestCommand = 300

/** Who this run is, for its lock, its status and its log. The command line holds no key: keys come by the environment. */
export function identifyRun(): LockHolder {
  return {
    runId: `r-${randomBytes(8).toString('hex')}`,
    pid: process.pid,
    host: hostname(),
    user: readUser(),
    since: new Date().toISOString(),
    command: ['safe-completions', ...process.argv.slice(2)].join(' ').slice(0, longestCommand),
  }
}

/** A container's user often has a number and no name. */
function readUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
