import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Pool, type PoolClient } from 'pg'
import { z } from 'zod'
import { UserError } from '../records/user-error.ts'
import { explainPostgresError } from './postgres-errors.ts'
import { patiently } from './postgres-patience.ts'

/** A PostgreSQL database that holds an answer store. */
export type PostgresTarget = {
  /** With its password: for the connection and for nothing else. */
  readonly url: string
  /** What messages call it. */
  readonly name: string
}

export type PostgresDatabase = {
  /** The rows. Parse them. @throws UserError `answer_store` for what a user can mend. */
  readonly query: (sql: string, parameters?: readonly unknown[]) => Promise<readonly unknown[]>
  /** The same, tried again for as long as a restart or a fail-over of the server takes: `sql` must bear being run twice. */
  readonly queryAgain: (sql: string, parameters?: readonly unknown[]) => Promise<readonly unknown[]>
  /** How many connections were made so far: while there was none, others may have had the store alone. */
  readonly countConnections: () => number
  readonly close: () => Promise<void>
}

const migrationsFolder = join(import.meta.dirname, 'postgres-migrations')
/** Of one process: reads do not wait for the one write that is under way. */
const defaultConnections = 4
const connectTimeoutMs = 15_000
/** Any number that no other program takes in this database: "SfCp". */
const migrationLock = 0x53_66_43_70
/** Every connection to a store shares this one for as long as it lasts; who wants the store alone takes it for itself. */
export const openLock = migrationLock + 1

/**
 * Connects, and brings the store to its newest schema, which is `safe_completions`: a database may hold other things
 * beside it. Migrations are numbered SQL files; one process at a time runs them.
 * @throws UserError `answer_store` for a server that cannot be reached, a store from a newer version, an encoding other
 * than UTF-8.
 */
export async function openPostgres(
  { url, name }: PostgresTarget,
  connections = defaultConnections,
): Promise<PostgresDatabase> {
  const pool = openPool({ url, name }, connections)
  let made = 0
  pool.on('connect', () => (made += 1))
  const query = async (sql: string, parameters: readonly unknown[] = []): Promise<readonly unknown[]> =>
    (await pool.query<Record<string, unknown>>(sql, [...parameters])).rows
  const explained = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (error) {
      throw explainPostgresError(error, name)
    }
  }
  try {
    await explained(() => prepare(pool, name))
  } catch (error) {
    await pool.end()
    throw error
  }
  return {
    query: (sql, parameters) => explained(() => query(sql, parameters)),
    queryAgain: (sql, parameters) => explained(() => patiently(url, () => query(sql, parameters))),
    countConnections: () => made,
    close: () => pool.end(),
  }
}

/** The schema version of the store in a database, 0 where there is none yet; and the newest one. */
export type SchemaVersion = { readonly current: number; readonly newest: number }

/**
 * Looks whether a database can be used as it is, and changes nothing.
 * @throws UserError `answer_store` as {@link openPostgres}, also where a store is to be made and may not.
 */
export async function examinePostgres(target: PostgresTarget): Promise<SchemaVersion> {
  const { name } = target
  const pool = openPool(target, 1)
  try {
    await checkEncoding(pool, name)
    const [current, newest] = [await readVersion(pool), listMigrations().length]
    if (current > newest) throw newerStore(name, newest, current)
    if (current === 0) await checkMayCreate(pool, name)
    return { current, newest }
  } catch (error) {
    throw explainPostgresError(error, name)
  } finally {
    await pool.end()
  }
}

function openPool({ url, name }: PostgresTarget, connections: number): Pool {
  checkUrl(url, name)
  const pool = new Pool({
    connectionString: url,
    // One stays, however long it is idle: temporary tables are its own, and who has a store open is seen by it. It keeps
    // no process from ending.
    min: 1,
    allowExitOnIdle: true,
    max: connections,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'safe-completions',
    keepAlive: true,
    // Waited for before the connection is used.
    verify: (client, done) => {
      client.query('SELECT pg_advisory_lock_shared($1)', [openLock], (error) => done(error))
    },
  })
  // An idle connection that is cut: the next query opens another one, or says what is wrong.
  pool.on('error', () => undefined)
  return pool
}

/** What `pg` would say of a URL that it cannot read has the URL in it. Without a host it is a unix socket's. */
function checkUrl(url: string, name: string): void {
  const protocol = URL.parse(url.replace('@/', '@socket/'))?.protocol
  if (protocol === 'postgres:' || protocol === 'postgresql:') return
  throw new UserError('answer_store', 'expected the URL of a PostgreSQL database, got something else', {
    where: name,
    remedy: 'Such as postgres://user:password@host:5432/database, with reserved characters percent-encoded.',
  })
}

const versionSchema = z.tuple([z.object({ version: z.int().nullable() })])

async function prepare(pool: Pool, name: string): Promise<void> {
  const client = await pool.connect()
  let broken = true
  try {
    await checkEncoding(client, name)
    const files = listMigrations()
    if ((await readVersion(client)) !== files.length) {
      await client.query('BEGIN')
      await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock])
      await migrate(client, files, name)
      await client.query('COMMIT')
    }
    broken = false
  } finally {
    client.release(broken)
  }
}

function listMigrations(): readonly string[] {
  return readdirSync(migrationsFolder).toSorted()
}

type Client = Pick<PoolClient, 'query'>

async function checkMayCreate(client: Client, name: string): Promise<void> {
  const { rows } = await client.query("SELECT has_database_privilege(current_database(), 'CREATE') AS may")
  if (z.tuple([z.object({ may: z.boolean() })]).parse(rows)[0].may) return
  throw new UserError('answer_store', 'expected the right to create a schema in this database, got none', {
    where: name,
    remedy: 'Let the user of the URL create one: `GRANT CREATE ON DATABASE name TO user`.',
  })
}

async function checkEncoding(client: Client, name: string): Promise<void> {
  const { rows } = await client.query('SHOW server_encoding')
  const [{ server_encoding: encoding }] = z.tuple([z.object({ server_encoding: z.string() })]).parse(rows)
  if (encoding === 'UTF8') return
  throw new UserError('answer_store', `expected a database in UTF8, got one in ${encoding}`, {
    where: name,
    remedy: 'Create another one: `createdb --encoding=UTF8 --template=template0 --locale=C.UTF-8 NAME`.',
  })
}

async function readVersion(client: Client): Promise<number> {
  // Not by to_regclass, which may still say what it said before another process made the table.
  const tables = await client.query(
    "SELECT FROM pg_tables WHERE schemaname = 'safe_completions' AND tablename = 'migrations'",
  )
  if (tables.rowCount === 0) return 0
  const { rows } = await client.query('SELECT max(version) AS version FROM safe_completions.migrations')
  return versionSchema.parse(rows)[0].version ?? 0
}

async function migrate(client: PoolClient, files: readonly string[], name: string): Promise<void> {
  const current = await readVersion(client)
  if (current > files.length) throw newerStore(name, files.length, current)
  if (current === 0) {
    await client.query(`
      CREATE SCHEMA IF NOT EXISTS safe_completions;
      CREATE TABLE safe_completions.migrations (
        version integer NOT NULL PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT now()
      )`)
  }
  for (const [n, file] of files.entries()) {
    if (n < current) continue
    await client.query(readFileSync(join(migrationsFolder, file), 'utf8'))
    await client.query('INSERT INTO safe_completions.migrations (version) VALUES ($1)', [n + 1])
  }
}

function newerStore(name: string, newest: number, current: number): UserError {
  return new UserError('answer_store', `expected schema version ${newest} at most, got ${current}`, {
    where: name,
    remedy: 'The store was written by a newer safe-completions: update, or use another database.',
  })
}
