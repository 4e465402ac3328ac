import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { AnswerChoice, StoreHousekeeping } from './answer-store.ts'
import { openDatabase } from './open-database.ts'
import { explainSqliteError } from './sqlite-errors.ts'
import { listRetries } from './sqlite-retries.ts'
import { createEntryReader, measureAnswers } from './sqlite-rows.ts'

/*
 * Digests in use go into a temporary table, which SQLite keeps on disk when it grows: memory does not follow the number
 * of answers. Whoever drops must have the store alone. A build that has it open remembers which system texts it wrote
 * and would not write a dropped one again; and since a build closes its store only after it published, whoever holds
 * the store alone sees every finished build.
 */

/** Digests of the system texts that used answers quote, and requests in batches under way; see stored-request.ts. */
const quotedTexts = `
  SELECT json_extract(message.value, '$.content')
  FROM answers, json_each(answers.request, '$.messages') AS message
  WHERE answers.digest IN temp.used AND json_extract(message.value, '$.role') = 'system'
  UNION
  SELECT json_extract(message.value, '$.content')
  FROM batch_requests, json_each(batch_requests.request, '$.messages') AS message
  WHERE batch_requests.request IS NOT NULL AND json_extract(message.value, '$.role') = 'system'`

const countUnusedSql = `
  SELECT unused.answers, unused.newer, surplus.surplus, texts.texts, unused.bytes + surplus.bytes + texts.bytes AS bytes
  FROM
    (SELECT count(*) AS answers, coalesce(sum(created_at > ?), 0) AS newer,
       coalesce(sum(octet_length(request) + octet_length(answer)), 0) AS bytes
     FROM answers WHERE digest NOT IN temp.used) AS unused,
    (SELECT count(*) AS surplus, coalesce(sum(octet_length(answer)), 0) AS bytes
     FROM surplus_answers WHERE digest NOT IN temp.used) AS surplus,
    (SELECT count(*) AS texts, coalesce(sum(octet_length(text)), 0) AS bytes
     FROM texts WHERE digest NOT IN (${quotedTexts})) AS texts`

/**
 * A candidate's id is `c_` and the first digits of its request's digest. Its text may be of the repair of that request,
 * which is the same request with the reply and one more turn behind its messages.
 */
const notePeoplesUseSql = `
  WITH decided AS MATERIALIZED (
    SELECT answers.digest, answers.request FROM decisions
    JOIN answers ON substr(answers.digest, 1, 20) = substr(json_extract(decision, '$.candidateId'), 3)),
  repairs AS MATERIALIZED (
    SELECT digest, json_remove(request, '$.messages[#-1]', '$.messages[#-1]') AS repaired FROM answers
    WHERE step = 'generate' AND json_extract(request, '$.messages[#-2].role') = 'assistant')
  INSERT OR IGNORE INTO temp.used
  SELECT digest FROM answers WHERE substr(step, 1, 10) = 'calibrate:' OR substr(step, 1, 11) = 'synthesize:'
  UNION SELECT digest FROM decided
  UNION SELECT repairs.digest FROM decided JOIN repairs ON repairs.repaired = decided.request`

const unusedSchema = z.object({ answers: z.int(), newer: z.int(), surplus: z.int(), texts: z.int(), bytes: z.int() })
const usedSchema = z.object({ noted: z.int(), used: z.int() })
const sizeSchema = z.object({ answers: z.int(), surplus: z.int(), failures: z.int() })

/**
 * @param access `read` for what changes nothing; `alone` to drop answers.
 * @throws UserError `answer_store`, see {@link openDatabase}.
 */
export function openSqliteHousekeeping(path: string, access: 'read' | 'alone'): StoreHousekeeping {
  const database = openDatabase(path, access)
  database.exec('CREATE TEMP TABLE used (digest TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID')
  const noteOne = database.prepare('INSERT OR IGNORE INTO temp.used VALUES (?)')
  const toEntry = createEntryReader(database)
  return {
    noteUse: async (digests) => {
      for await (const digest of digests) noteOne.run(digest)
      const counts = database.prepare(`
        SELECT (SELECT count(*) FROM temp.used) AS noted,
          (SELECT count(*) FROM answers WHERE digest IN temp.used) AS used`)
      const { noted, used } = usedSchema.parse(counts.get())
      return { used, missing: noted - used }
    },
    notePeoplesUse: async () => Number(database.prepare(notePeoplesUseSql).run().changes),
    entries: async function* (choice = {}) {
      const { where, parameters } = toSql(choice)
      const rows = database.prepare(`SELECT * FROM answers WHERE ${where} ORDER BY digest`).iterate(...parameters)
      for (const row of rows) yield toEntry(row)
    },
    surplus: async function* () {
      const rows = database.prepare(`
        SELECT surplus.digest, request, surplus.answer, step, category, surplus.created_at, surplus.latency_ms
        FROM surplus_answers AS surplus JOIN answers ON answers.digest = surplus.digest
        ORDER BY surplus.digest, surplus.created_at, surplus.rowid`)
      for (const row of rows.iterate()) yield toEntry(row)
    },
    listRetries: async () => listRetries(database),
    measure: async (choice = {}) => {
      const { where, parameters } = toSql(choice)
      return measureAnswers(database, where, parameters)
    },
    size: async () => {
      const counts = database.prepare(`
        SELECT (SELECT count(*) FROM answers) AS answers,
          (SELECT count(*) FROM surplus_answers) AS surplus,
          (SELECT count(*) FROM failures) AS failures`)
      return { ...sizeSchema.parse(counts.get()), bytes: sizeOf(path) + sizeOf(`${path}-wal`) }
    },
    countUnused: async (since) => unusedSchema.parse(database.prepare(countUnusedSql).get(since)),
    dropUnused: async () => {
      try {
        dropUnused(database)
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw explainSqliteError(error, path)
      }
    },
    close: async () => database.close(),
  }
}

function dropUnused(database: DatabaseSync): void {
  database.exec('BEGIN EXCLUSIVE')
  database.exec('DELETE FROM surplus_answers WHERE digest NOT IN temp.used')
  const { changes } = database.prepare('DELETE FROM answers WHERE digest NOT IN temp.used').run()
  database.exec(`DELETE FROM texts WHERE digest NOT IN (${quotedTexts})`)
  // What a plan or a build found here may be gone: to them this is another store now.
  if (changes > 0) database.exec('UPDATE store SET id = lower(hex(randomblob(16)))')
  database.exec('COMMIT; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)')
}

/** A condition on `answers` with its parameters. */
function toSql({ use, step, category }: AnswerChoice): { readonly where: string; readonly parameters: string[] } {
  const conditions: string[] = []
  const parameters: string[] = []
  if (use !== undefined) conditions.push(`digest ${use === 'used' ? 'IN' : 'NOT IN'} temp.used`)
  if (step !== undefined) {
    conditions.push("(step = ? OR substr(step, 1, length(?) + 1) = ? || ':')")
    parameters.push(step, step, step)
  }
  if (category !== undefined) {
    conditions.push('category = ?')
    parameters.push(category)
  }
  return { where: conditions.join(' AND ') || 'TRUE', parameters }
}

/** Bytes; 0 for a file that is not there. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
