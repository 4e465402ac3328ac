import { resolve } from 'node:path'
import { UserError } from '../records/user-error.ts'

/*
 * A store is named by its address: the path of a SQLite file, or `postgres:NAME`, where NAME is the environment variable
 * that holds the URL of a PostgreSQL database. The URL itself holds a password, so it stands nowhere: not in a config, a
 * manifest, a message or a command line, which every user of a machine can read.
 */
const prefix = 'postgres:'

/** The address of what a config or a command line names; a path becomes absolute. */
export function resolveStore(
  folder: string,
  store: string | { readonly postgres: { readonly urlEnv: string } },
): string {
  if (typeof store !== 'string') return `${prefix}${store.postgres.urlEnv}`
  return readUrlVariable(store) === null ? resolve(folder, store) : store
}

/**
 * The environment variable of a store on PostgreSQL; null for the path of a file.
 * @throws UserError `usage` for a URL.
 */
export function readUrlVariable(address: string): string | null {
  if (/^postgres(ql)?:\/\//.test(address)) {
    throw new UserError('usage', 'expected a path or postgres:NAME, got the URL of a database', {
      remedy:
        'Put the URL into an environment variable or .env, and give its name: postgres:DATABASE_URL. Others can read a command line.',
    })
  }
  return address.startsWith(prefix) ? address.slice(prefix.length) : null
}

/** @throws UserError `answer_store` for a store on PostgreSQL. */
export function checkIsFile(address: string): void {
  if (readUrlVariable(address) === null) return
  throw new UserError('answer_store', 'expected a SQLite store, got one on PostgreSQL', {
    where: address,
    remedy: 'This command works on files only: docs/scale.md says what works on which.',
  })
}
