import { z } from 'zod'
import type { Answer } from '../records/answer.ts'
import type { AnswerStore, StoredAnswer } from './answer-store.ts'
import { batchCalls } from './batch-calls.ts'
import { createCommit } from './postgres-commit.ts'
import { openPostgres, type PostgresDatabase, type PostgresTarget } from './postgres-database.ts'
import { addRetries, listRetries } from './postgres-retries.ts'
import { createEntryReader, measureAnswers, readStoredAnswer, toBytes } from './postgres-rows.ts'

/*
 * The answer store that many machines share. Whatever comes in one turn of the event loop, or while a round trip is under
 * way, goes in one statement: a put resolves when the server has committed it, which under PostgreSQL's own defaults
 * (`synchronous_commit`, `fsync`) means that it is on the server's disk.
 */

/** Entries of one statement: some megabytes at the most. */
const putsAtOnce = 256
const getsAtOnce = 1000
/** Entries that are read ahead of whoever goes through all of them. */
const pageSize = 200

/** @throws UserError `answer_store`, see {@link openPostgres}. */
export async function openPostgresStore(target: PostgresTarget): Promise<AnswerStore> {
  return createPostgresStore(await openPostgres(target))
}

/** On a database that is closed with the store. */
export function createPostgresStore(database: PostgresDatabase): AnswerStore {
  const puts = batchCalls<StoredAnswer, Answer>(createCommit(database), putsAtOnce)
  const gets = batchCalls<string, Answer | null>((digests) => getAll(database, digests), getsAtOnce)
  const toEntries = createEntryReader(database)
  const findOne = async (condition: string, bytes: Buffer): Promise<StoredAnswer | null> => {
    const rows = await database.query(`SELECT * FROM safe_completions.answers WHERE ${condition} LIMIT 1`, [bytes])
    return (await toEntries(rows))[0] ?? null
  }
  return {
    get: gets.call,
    put: puts.call,
    find: (digest) => findOne('digest = $1', toBytes(digest)),
    findBySubject: (subject) => findOne('subject = $1 ORDER BY created_at DESC, digest', toBytes(subject)),
    noteFailure: async (digest, detail, failedAt) => {
      const sql = `
        INSERT INTO safe_completions.failures VALUES ($1, $2, $3)
        ON CONFLICT (digest) DO UPDATE SET detail = excluded.detail, failed_at = excluded.failed_at`
      await database.queryAgain(sql, [toBytes(digest), JSON.stringify(detail), failedAt])
    },
    findFailure: async (digest) => {
      const sql = 'SELECT detail FROM safe_completions.failures WHERE digest = $1'
      const [row] = z.array(z.object({ detail: z.string() })).parse(await database.query(sql, [toBytes(digest)]))
      return row === undefined ? null : z.string().parse(JSON.parse(row.detail))
    },
    addRetries: (retries) => addRetries(database, retries),
    listRetries: () => listRetries(database),
    measure: () => measureAnswers(database),
    entries: async function* () {
      let after: Buffer = Buffer.alloc(0)
      while (true) {
        const sql = `SELECT * FROM safe_completions.answers WHERE digest > $1 ORDER BY digest LIMIT ${pageSize}`
        const page = await toEntries(await database.query(sql, [after]))
        const last = page.at(-1)
        if (last === undefined) return
        yield* page
        after = toBytes(last.digest)
      }
    },
    count: async () => {
      const sql = `
        SELECT (SELECT count(*) FROM safe_completions.answers) AS answers,
          (SELECT count(*) FROM safe_completions.surplus_answers) AS surplus`
      const count = z.coerce.number()
      return z.tuple([z.object({ answers: count, surplus: count })]).parse(await database.query(sql))[0]
    },
    identify: async () => {
      const rows = await database.query('SELECT id FROM safe_completions.store')
      return z.tuple([z.object({ id: z.string() })]).parse(rows)[0].id
    },
    close: async () => {
      await Promise.all([puts.settle(), gets.settle()])
      await database.close()
    },
  }
}

async function getAll(database: PostgresDatabase, digests: readonly string[]): Promise<readonly (Answer | null)[]> {
  const sql = 'SELECT digest, answer FROM safe_completions.answers WHERE digest = ANY($1)'
  const found = new Map<string, Answer>()
  for (const row of await database.queryAgain(sql, [digests.map(toBytes)])) {
    const { digest, answer } = readStoredAnswer(row)
    found.set(digest, answer)
  }
  return digests.map((digest) => found.get(digest) ?? null)
}
