import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { UserError } from '../records/user-error.ts'
import { orFolderError, removeScratch, scratchPrefix, writeJson } from './build-folder.ts'

/*
 * One build of a name at a time. The lock is an exclusive SQLite transaction on an empty database, so the kernel holds it
 * (fcntl) and drops it with the process, however that ends: no pid is asked, which may be of another container, and no
 * time is waited for. The file itself says nothing and stays. Who holds the lock is told in a file beside it, which may be
 * left over from a run that was killed: it counts only while the lock is taken.
 *
 *   free ── takeBuildLock ──► held ── release, or the end of the process ──► free
 */

const lockName = '.lock.db'
const holderName = '.lock.json'
/** Long enough for a look at the lock (`isLockHeld`), which holds it shared for a moment. */
const waitMs = 1_000
const sqliteBusy = 5

const holderSchema = z.strictObject({
  runId: z.string(),
  pid: z.int(),
  host: z.string(),
  user: z.string(),
  /** ISO 8601, UTC. */
  since: z.string(),
  command: z.string(),
})
/** Who builds. */
export type LockHolder = Readonly<z.infer<typeof holderSchema>>

export type BuildLock = { readonly release: () => Promise<void> }

/**
 * Takes the lock of a build's folder and clears away what killed runs left there, which nobody else can be using.
 * @throws UserError `locked` while another run holds it; `lock_unsupported` on a file system that has no locks;
 * `output_folder` when the disk or its permissions refuse.
 */
export async function takeBuildLock(home: string, holder: LockHolder): Promise<BuildLock> {
  await orFolderError(home, () => mkdir(home, { recursive: true }))
  const path = join(home, lockName)
  const database = lockFile(path, waitMs)
  if (database === 'busy') {
    throw (await hasLocks(home, holder.runId)) ? describeHeld(home, await readHolder(home)) : describeUnsupported(home)
  }
  const holderPath = join(home, holderName)
  try {
    await orFolderError(home, () => removeScratch(home))
    // A full disk must not end the build here: the lock holds without a name on it.
    await writeJson(holderPath, holder).catch(() => rm(holderPath, { force: true }))
  } catch (error) {
    database.close()
    throw error
  }
  return {
    release: async () => {
      if (!database.isOpen) return
      await rm(holderPath, { force: true }).catch(() => undefined)
      database.close()
    },
  }
}

/** Whether a run holds the lock now, and who; null where none does. Makes no file. */
export async function findLockHolder(home: string): Promise<LockHolder | 'unknown' | null> {
  const held = isLockHeld(join(home, lockName))
  return held ? ((await readHolder(home)) ?? 'unknown') : null
}

/** Reading takes the lock shared, which a run that holds it does not let happen. */
function isLockHeld(path: string): boolean {
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(path, { timeout: 0, readOnly: true })
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
    return false
  } catch (error) {
    return readErrorCode(error) === sqliteBusy
  } finally {
    database?.close()
  }
}

function lockFile(path: string, timeout: number): DatabaseSync | 'busy' {
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(path, { timeout })
    database.exec('BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database?.close()
    const code = readErrorCode(error)
    if (code === sqliteBusy) return 'busy'
    if (code === null) throw error
    throw new UserError('output_folder', `expected a lock file that can be opened, got: ${String(error)}`, {
      where: path,
      remedy: 'Check permissions and free space, or set `outputFolder` to another path. Answers are kept in the store.',
      cause: error,
    })
  }
}

/** A file system without locks refuses every one, and SQLite calls that busy: so does a file that nobody else can know. */
async function hasLocks(home: string, runId: string): Promise<boolean> {
  const path = join(home, `${scratchPrefix}${runId}.db`)
  const probe = lockFile(path, 0)
  if (probe !== 'busy') probe.close()
  await rm(path, { force: true })
  return probe !== 'busy'
}

async function readHolder(home: string): Promise<LockHolder | null> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(join(home, holderName), 'utf8')))
  } catch {
    return null
  }
}

function describeHeld(home: string, holder: LockHolder | null): UserError {
  const who =
    holder === null
      ? 'a run that has not said who it is'
      : `process ${holder.pid} of ${holder.user} on ${holder.host}, since ${holder.since}: ${holder.command}`
  return new UserError('locked', `expected no other build of this name, got ${who}`, {
    where: home,
    remedy: 'Wait until it ends (see `status`), stop it (SIGTERM keeps its answers), or build under another --name.',
  })
}

function describeUnsupported(home: string): UserError {
  return new UserError('lock_unsupported', 'expected a file system with locks, got one that refuses every lock', {
    where: home,
    remedy: 'Set `outputFolder` to a local disk, or mount the volume with POSIX locks (NFS 4, or NFS 3 with lockd).',
  })
}

const sqliteErrorSchema = z.object({ errcode: z.int() })

/** SQLite's primary result code; null for any other error. */
function readErrorCode(error: unknown): number | null {
  const parsed = sqliteErrorSchema.safeParse(error)
  return parsed.success ? parsed.data.errcode & 0xff : null
}
