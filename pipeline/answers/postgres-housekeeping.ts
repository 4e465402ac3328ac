import { z } from 'zod'
import type { AnswerChoice, StoredAnswer, StoreHousekeeping } from './answer-store.ts'
import { openPostgres, type PostgresTarget } from './postgres-database.ts'
import { countUnused, createNotes, dropUnused, notePeoplesUse, takeAlone } from './postgres-garbage.ts'
import { listRetries } from './postgres-retries.ts'
import { createEntryReader, measureAnswers, toBytes } from './postgres-rows.ts'

const pageSize = 200
const digestsAtOnce = 5000

const used = 'EXISTS (SELECT FROM pg_temp.used WHERE used.digest = answers.digest)'
const usedSchema = z.object({ noted: z.coerce.number(), used: z.coerce.number() })
const sizeSchema = z.object({
  answers: z.coerce.number(),
  surplus: z.coerce.number(),
  failures: z.coerce.number(),
  bytes: z.coerce.number(),
})

/**
 * Reads a store as a whole. One connection, whose temporary tables hold the digests in use; if it is cut, what is under way
 * fails and is begun again by whoever began it.
 * @param access `read` for what changes nothing; `alone` to drop answers.
 * @throws UserError `answer_store`, see {@link openPostgres} and {@link takeAlone}.
 */
export async function openPostgresHousekeeping(
  target: PostgresTarget,
  access: 'read' | 'alone',
): Promise<StoreHousekeeping> {
  const database = await openPostgres(target, 1)
  try {
    if (access === 'alone') await takeAlone(database, target.name)
    await database.query(createNotes)
  } catch (error) {
    await database.close()
    throw error
  }
  const toEntries = createEntryReader(database)

  const note = async (digests: readonly string[]): Promise<void> => {
    const sql = 'INSERT INTO pg_temp.used SELECT * FROM unnest($1::bytea[]) ON CONFLICT DO NOTHING'
    await database.query(sql, [digests.map(toBytes)])
  }
  return {
    noteUse: async (digests) => {
      let batch: string[] = []
      for await (const digest of digests) {
        batch.push(digest)
        if (batch.length < digestsAtOnce) continue
        await note(batch)
        batch = []
      }
      await note(batch)
      await database.query('ANALYZE pg_temp.used')
      const rows = await database.query(`
        SELECT (SELECT count(*) FROM pg_temp.used) AS noted,
          (SELECT count(*) FROM safe_completions.answers AS answers WHERE ${used}) AS used`)
      const [counts] = z.tuple([usedSchema]).parse(rows)
      return { used: counts.used, missing: counts.noted - counts.used }
    },
    entries: async function* (choice = {}) {
      const { where, parameters } = toSql(choice)
      let after: Buffer = Buffer.alloc(0)
      while (true) {
        const sql = `
          SELECT * FROM safe_completions.answers AS answers
          WHERE digest > $${parameters.length + 1} AND ${where} ORDER BY digest LIMIT ${pageSize}`
        const page = await toEntries(await database.query(sql, [...parameters, after]))
        const last = page.at(-1)
        if (last === undefined) return
        yield* page
        after = toBytes(last.digest)
      }
    },
    surplus: async function* () {
      // By number and not by key: there are few, and two of a request may come at one time.
      for (let read = 0; ; read += pageSize) {
        const sql = `
          SELECT surplus.digest, request, surplus.answer, step, category, surplus.created_at, surplus.latency_ms
          FROM safe_completions.surplus_answers AS surplus
          JOIN safe_completions.answers AS answers ON answers.digest = surplus.digest
          ORDER BY surplus.digest, surplus.created_at, surplus.latency_ms, md5(surplus.answer)
          LIMIT ${pageSize} OFFSET ${read}`
        const page: readonly StoredAnswer[] = await toEntries(await database.query(sql))
        if (page.length === 0) return
        yield* page
      }
    },
    listRetries: () => listRetries(database),
    measure: (choice = {}) => {
      const { where, parameters } = toSql(choice)
      return measureAnswers(database, where, parameters)
    },
    size: async () => {
      const rows = await database.query(`
        SELECT (SELECT count(*) FROM safe_completions.answers) AS answers,
          (SELECT count(*) FROM safe_completions.surplus_answers) AS surplus,
          (SELECT count(*) FROM safe_completions.failures) AS failures,
          (SELECT sum(pg_total_relation_size(format('%I.%I', schemaname, tablename)::regclass))
           FROM pg_tables WHERE schemaname = 'safe_completions') AS bytes`)
      return z.tuple([sizeSchema]).parse(rows)[0]
    },
    notePeoplesUse: () => notePeoplesUse(database),
    countUnused: (since) => countUnused(database, since),
    dropUnused: () => dropUnused(database),
    close: database.close,
  }
}

/** A condition on `answers` with its parameters. */
function toSql({ use, step, category }: AnswerChoice): { readonly where: string; readonly parameters: string[] } {
  const conditions: string[] = []
  const parameters: string[] = []
  if (use !== undefined) conditions.push(use === 'used' ? used : `NOT ${used}`)
  if (step !== undefined) {
    parameters.push(step)
    conditions.push(`(step = $${parameters.length} OR starts_with(step, $${parameters.length} || ':'))`)
  }
  if (category !== undefined) {
    parameters.push(category)
    conditions.push(`category = $${parameters.length}`)
  }
  return { where: conditions.join(' AND ') || 'TRUE', parameters }
}
