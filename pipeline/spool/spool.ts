import { DatabaseSync } from 'node:sqlite'
import { UserError } from '../records/user-error.ts'

/*
 * A scratch file for rows on their way from one stage to the next, so that a build's memory does not grow with its
 * rows. It belongs to one run and is thrown away with it: nothing in it was paid for, so nothing in it is synced.
 */

/** Rows wait in memory until so many share a transaction. */
const gatherLimit = 500

export type SpoolTable<T> = {
  /** Rows come back in order of `key`, equal keys in order of their JSON text. */
  readonly append: (key: string, row: T) => void
  /** `after`: only keys that sort after this one. */
  readonly read: (options?: { readonly prefix?: string; readonly after?: string | null }) => Generator<T>
  /** The first row of a key; undefined when there is none. */
  readonly get: (key: string) => T | undefined
  readonly count: (prefix?: string) => number
}

export type Spool = {
  readonly table: <T>(name: string) => SpoolTable<T>
  /** May be called twice. */
  readonly close: () => void
}

/** @throws UserError `output_folder` when the disk or its permissions refuse, here and while rows are written. */
export function openSpool(path: string): Spool {
  // Node's default, defensive, would keep the journal on without a word: a quarter more CPU an append.
  const database = orDiskError(path, () => new DatabaseSync(path, { defensive: false }))
  database.exec(
    'PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=FILE',
  )
  return {
    table: (name) => orDiskError(path, () => createTable(database, path, name)),
    close: () => {
      if (database.isOpen) database.close()
    },
  }
}

function createTable<T>(database: DatabaseSync, path: string, name: string): SpoolTable<T> {
  if (!/^[a-z]+$/.test(name)) throw new Error(`a spool table's name is lower-case letters, got "${name}"`)
  database.exec(`CREATE TABLE ${name} (key TEXT NOT NULL, row TEXT NOT NULL) STRICT`)
  database.exec(`CREATE INDEX ${name}_key ON ${name} (key)`)
  const insert = database.prepare(`INSERT INTO ${name} (key, row) VALUES (?, ?)`)
  const select = database.prepare(`SELECT row FROM ${name} WHERE key = ? ORDER BY row LIMIT 1`)
  let waiting: (readonly [string, string])[] = []
  let count = 0

  const flush = (): void => {
    if (waiting.length === 0) return
    orDiskError(path, () => {
      database.exec('BEGIN')
      for (const [key, row] of waiting) insert.run(key, row)
      database.exec('COMMIT')
    })
    waiting = []
  }

  return {
    append(key, row) {
      waiting.push([key, JSON.stringify(row)])
      count += 1
      if (waiting.length >= gatherLimit) flush()
    },
    *read({ prefix = '', after = null } = {}) {
      flush()
      const query = `SELECT row FROM ${name} WHERE key ${after === null ? '>=' : '>'} ? AND key < ? ORDER BY key, row`
      for (const { row } of database.prepare(query).iterate(after ?? prefix, `${prefix}\u{10FFFF}`)) {
        // Written above by this very process as T, so it is not checked again.
        const parsed: T = JSON.parse(String(row))
        yield parsed
      }
    },
    get(key) {
      flush()
      const row = select.get(key)?.['row']
      if (row === undefined) return undefined
      const parsed: T = JSON.parse(String(row))
      return parsed
    },
    count(prefix = '') {
      if (prefix === '') return count
      flush()
      const query = `SELECT count(*) AS n FROM ${name} WHERE key >= ? AND key < ?`
      return Number(database.prepare(query).get(prefix, `${prefix}\u{10FFFF}`)?.['n'])
    },
  }
}

/** Result codes of SQLite for what a disk does: read-only, I/O error, full, cannot open. */
const diskCodes: ReadonlySet<number> = new Set([8, 10, 13, 14])

function orDiskError<T>(path: string, step: () => T): T {
  try {
    return step()
  } catch (error) {
    const isDisk = error instanceof Error && 'errcode' in error && diskCodes.has(Number(error.errcode) & 0xff)
    if (!isDisk) throw error
    throw new UserError('output_folder', `expected room for the rows on their way, got: ${error.message}`, {
      where: path,
      remedy: 'Free some space, or set `outputFolder` to another disk. Answers are kept in the store.',
      cause: error,
    })
  }
}
