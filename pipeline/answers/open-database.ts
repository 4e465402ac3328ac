import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { UserError } from '../records/user-error.ts'
import { explainSqliteError } from './sqlite-errors.ts'
import { checkIsFile } from './store-address.ts'

const migrationsFolder = join(import.meta.dirname, 'migrations')
/** How long a writer waits for another process's transaction. */
const busyTimeoutMs = 30_000
/** `PRAGMA application_id` of an answer store: "SfCp". */
const applicationId = 0x53_66_43_70

/**
 * - `write`: beside other processes; a store that is not there is made.
 * - `read`: beside other processes; nothing is changed.
 * - `alone`: no other process has the store open, reading or writing, until it is closed here.
 */
export type DatabaseAccess = 'write' | 'read' | 'alone'

/**
 * Opens an answer store in WAL mode and brings it to the newest schema. `synchronous=FULL`: a commit is on disk, also
 * after a power loss. Migrations are numbered SQL files; the number of the last one is `PRAGMA user_version`.
 * @throws UserError `answer_store` for a store from a newer version, a foreign file, a read-only or full disk; for a
 * store that is not there, unless it may be made; for one that is in use, if it is wanted alone.
 */
export function openDatabase(path: string, access: DatabaseAccess = 'write'): DatabaseSync {
  checkIsFile(path)
  let database: DatabaseSync | null = null
  try {
    if (access === 'write') mkdirSync(dirname(path), { recursive: true })
    else if (!existsSync(path)) throw missingStore(path)
    // A process holds its shared lock on a WAL database for as long as it has it open: waiting for it has no end.
    const timeout = access === 'alone' ? 0 : busyTimeoutMs
    database = new DatabaseSync(path, { timeout, readOnly: access === 'read' })
    // Before the first access, so that this one takes the whole file and every other connection shows as a lock.
    if (access === 'alone') database.exec('PRAGMA locking_mode=EXCLUSIVE')
    checkOwner(database, path)
    if (access === 'read') {
      checkVersion(database, path)
      return database
    }
    database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000')
    migrate(database, path)
    return database
  } catch (error) {
    database?.close()
    throw explainSqliteError(explainFolderError(error, path), path)
  }
}

function missingStore(path: string): UserError {
  return new UserError('answer_store', 'expected an answer store, got no file', {
    where: path,
    remedy: 'Check the path; a config names its store under `store`.',
  })
}

function explainFolderError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || error.syscall !== 'mkdir') return error
  return new UserError('answer_store', `expected to create the folder of the answer store, got: ${error.message}`, {
    where: dirname(path),
    remedy: 'Give this user write access, or set `store` to another path.',
    cause: error,
  })
}

function readNumber(database: DatabaseSync, pragma: string): number {
  const value = database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]
  return typeof value === 'number' ? value : 0
}

function checkOwner(database: DatabaseSync, path: string): void {
  const owner = readNumber(database, 'application_id')
  if (owner === applicationId) return
  const tables = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']
  if (owner === 0 && tables === 0) return
  throw new UserError('answer_store', 'expected an answer store, got a database of another program', {
    where: path,
    remedy: 'Set `store` to another path; the file was left as it is.',
  })
}

/** A store that is only read is not brought to the newest schema. */
function checkVersion(database: DatabaseSync, path: string): void {
  const newest = listMigrations().length
  const current = readNumber(database, 'user_version')
  if (current === newest) return
  if (current > newest) throw newerStore(path, newest, current)
  throw new UserError('answer_store', `expected schema version ${newest}, got ${current}`, {
    where: path,
    remedy: 'Open it once for writing, which brings it to the newest schema: any build or `store import` does.',
  })
}

function newerStore(path: string, newest: number, current: number): UserError {
  return new UserError('answer_store', `expected schema version ${newest} at most, got ${current}`, {
    where: path,
    remedy: 'The store was written by a newer safe-completions: update, or set `store` to another path.',
  })
}

function listMigrations(): readonly string[] {
  return readdirSync(migrationsFolder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
}

function migrate(database: DatabaseSync, path: string): void {
  const files = listMigrations()
  const newest = files.length
  if (readNumber(database, 'user_version') === newest) return
  database.exec('BEGIN IMMEDIATE')
  try {
    const current = readNumber(database, 'user_version')
    if (current > newest) throw newerStore(path, newest, current)
    for (const name of files.slice(current)) {
      database.exec(readFileSync(join(migrationsFolder, name), 'utf8'))
    }
    database.exec(`PRAGMA application_id=${applicationId}; PRAGMA user_version=${newest}`)
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}
