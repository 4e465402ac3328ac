import { DatabaseSync } from 'node:sqlite'

/*
 * A scratch file for rows on their way from one stage to the next, so that a build's memory does not grow with its
 * rows. It belongs to one run and is thrown away with it: nothing in it was paid for, so nothing in it is synced.
 */

/** Rows wait in memory until so many share a transaction. */
const gatherLimit = 500

export type SpoolTable<T> = {
  /** Rows come back in order of `key`, equal keys in order of their JSON text. */
  readonly append: (key: string, row: T) => void
  readonly read: (options?: { readonly prefix?: string }) => Generator<T>
  readonly count: () => number
}

export type Spool = {
  readonly table: <T>(name: string) => SpoolTable<T>
  /** May be called twice. */
  readonly close: () => void
}

export function openSpool(path: string): Spool {
  const database = new DatabaseSync(path)
  database.exec(
    'PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=FILE',
  )
  return {
    table: (name) => createTable(database, name),
    close: () => {
      if (database.isOpen) database.close()
    },
  }
}

function createTable<T>(database: DatabaseSync, name: string): SpoolTable<T> {
  if (!/^[a-z]+$/.test(name)) throw new Error(`a spool table's name is lower-case letters, got "${name}"`)
  database.exec(`CREATE TABLE ${name} (key TEXT NOT NULL, row TEXT NOT NULL) STRICT`)
  database.exec(`CREATE INDEX ${name}_key ON ${name} (key)`)
  const insert = database.prepare(`INSERT INTO ${name} (key, row) VALUES (?, ?)`)
  let waiting: (readonly [string, string])[] = []
  let count = 0

  const flush = (): void => {
    if (waiting.length === 0) return
    database.exec('BEGIN')
    for (const [key, row] of waiting) insert.run(key, row)
    database.exec('COMMIT')
    waiting = []
  }

  return {
    append(key, row) {
      waiting.push([key, JSON.stringify(row)])
      count += 1
      if (waiting.length >= gatherLimit) flush()
    },
    *read({ prefix = '' } = {}) {
      flush()
      const query = `SELECT row FROM ${name} WHERE key >= ? AND key < ? ORDER BY key, row`
      for (const { row } of database.prepare(query).iterate(prefix, `${prefix}\u{10FFFF}`)) {
        // Written above by this very process as T, so it is not checked again.
        const parsed: T = JSON.parse(String(row))
        yield parsed
      }
    },
    count: () => count,
  }
}
