import { realpathSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { answerSchema, type Answer } from '../records/answer.ts'
import type { AnswerStore, StoredAnswer } from './answer-store.ts'
import { openDatabase } from './open-database.ts'
import { digestSubject } from './request-digest.ts'
import { explainSqliteError } from './sqlite-errors.ts'
import { createLogSync } from './log-sync.ts'
import { addRetries, listRetries } from './sqlite-retries.ts'
import { createEntryReader, measureAnswers } from './sqlite-rows.ts'
import { splitRequest } from './stored-request.ts'

/*
 * The embedded answer store. An answer goes through two states before its put resolves:
 * - *committed*, in the same turn of the event loop in which it came, together with all that came in that turn. From then
 *   on no kill of this process can lose it: it is the operating system's.
 * - *durable*, once the write-ahead log is synced: a power cut cannot lose it either. One sync at a time runs beside the
 *   event loop and serves all that was committed before it began ("group commit").
 * So the connection itself does not sync at commits (`synchronous=NORMAL`), which would block the thread for each; it
 * still does when a checkpoint moves the log into the database. Reads never wait for a writer (WAL), so a second process
 * can read while a build writes.
 */

type Waiting = {
  readonly entry: StoredAnswer
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** @throws UserError `answer_store`, see {@link openDatabase}. */
export function openSqliteStore(path: string): AnswerStore {
  const database = openDatabase(path)
  database.exec('PRAGMA synchronous=NORMAL')
  const select = database.prepare('SELECT answer FROM answers WHERE digest = ?')
  const selectRow = database.prepare('SELECT * FROM answers WHERE digest = ?')
  const selectSubject = database.prepare(
    'SELECT * FROM answers WHERE subject = ? ORDER BY created_at DESC, digest LIMIT 1',
  )
  const selectFailure = database.prepare('SELECT detail FROM failures WHERE digest = ?')
  const toEntry = createEntryReader(database)
  const commit = createCommit(database)
  const log = createLogSync(`${realpathSync(path)}-wal`)
  let waiting: Waiting[] = []
  let immediate: NodeJS.Immediate | null = null

  const flush = (): void => {
    if (immediate !== null) clearImmediate(immediate)
    immediate = null
    const batch = waiting
    waiting = []
    if (batch.length === 0) return
    const fail = (error: unknown): void => {
      const explained = explainSqliteError(error, path)
      for (const { reject } of batch) reject(explained)
    }
    try {
      const answers = commit(batch.map(({ entry }) => entry))
      const settle = (): void => {
        for (const [n, { entry, resolve }] of batch.entries()) resolve(answers[n] ?? entry.answer)
      }
      log.sync().then(settle, fail)
    } catch (error) {
      fail(error)
    }
  }

  return {
    get: async (digest) => {
      const text = select.get(digest)?.['answer']
      return typeof text === 'string' ? answerSchema.parse(JSON.parse(text)) : null
    },
    put: (entry) =>
      new Promise((resolve, reject) => {
        waiting.push({ entry, resolve, reject })
        immediate ??= setImmediate(flush)
      }),
    find: async (digest) => {
      const row = selectRow.get(digest)
      return row === undefined ? null : toEntry(row)
    },
    findBySubject: async (subject) => {
      const row = selectSubject.get(subject)
      return row === undefined ? null : toEntry(row)
    },
    noteFailure: async (digest, detail, failedAt) => {
      database.prepare('INSERT OR REPLACE INTO failures VALUES (?, ?, ?)').run(digest, detail, failedAt)
    },
    findFailure: async (digest) => {
      const detail = selectFailure.get(digest)?.['detail']
      return typeof detail === 'string' ? detail : null
    },
    addRetries: async (retries) => {
      try {
        const counts = addRetries(database, retries)
        await log.sync()
        return counts
      } catch (error) {
        throw explainSqliteError(error, path)
      }
    },
    listRetries: async () => listRetries(database),
    measure: async () => measureAnswers(database),
    entries: async function* () {
      for (const row of database.prepare('SELECT * FROM answers ORDER BY digest').iterate()) yield toEntry(row)
    },
    count: async () => ({ answers: countRows(database, 'answers'), surplus: countRows(database, 'surplus_answers') }),
    identify: async () => z.object({ id: z.string() }).parse(database.prepare('SELECT id FROM store').get()).id,
    close: async () => {
      flush()
      try {
        await log.close()
      } finally {
        database.close()
      }
    },
  }
}

/** One transaction for a batch; gives for each entry the answer that its digest now has. */
function createCommit(database: DatabaseSync): (batch: readonly StoredAnswer[]) => readonly Answer[] {
  const insertText = database.prepare('INSERT OR IGNORE INTO texts (digest, text) VALUES (?, ?)')
  const insert = database.prepare(
    'INSERT OR IGNORE INTO answers (digest, subject, request, answer, step, category, created_at, latency_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const insertSurplus = database.prepare(
    'INSERT INTO surplus_answers (digest, answer, created_at, latency_ms) VALUES (?, ?, ?, ?)',
  )
  const select = database.prepare('SELECT answer FROM answers WHERE digest = ?')
  const clearFailure = database.prepare('DELETE FROM failures WHERE digest = ?')
  const selectPurchases = database.prepare(`
    SELECT answer FROM answers WHERE digest = ?1 AND created_at = ?2 AND latency_ms = ?3
    UNION ALL
    SELECT answer FROM surplus_answers WHERE digest = ?1 AND created_at = ?2 AND latency_ms = ?3`)
  const knownTexts = new Set<string>()

  /** The very same purchase, carried here a second time. */
  const isKnown = ({ digest, answer, createdAt, latencyMs }: StoredAnswer): boolean =>
    selectPurchases
      .all(digest, createdAt, latencyMs)
      .some((row) => isDeepStrictEqual(answerSchema.parse(JSON.parse(String(row['answer']))), answer))

  const putOne = (entry: StoredAnswer): { answer: Answer; texts: readonly string[] } => {
    const { stored, texts } = splitRequest(entry.request)
    const written: string[] = []
    for (const [digest, text] of texts) {
      if (knownTexts.has(digest)) continue
      insertText.run(digest, text)
      written.push(digest)
    }
    const { digest, answer, step, category, createdAt, latencyMs } = entry
    const json = JSON.stringify(answer)
    const { changes } = insert.run(
      digest,
      digestSubject(entry.request),
      JSON.stringify(stored),
      json,
      step,
      category,
      createdAt,
      latencyMs,
    )
    clearFailure.run(digest)
    if (changes === 1) return { answer, texts: written }
    if (!isKnown(entry)) insertSurplus.run(digest, json, createdAt, latencyMs)
    return { answer: answerSchema.parse(JSON.parse(String(select.get(digest)?.['answer']))), texts: written }
  }

  return (batch) => {
    database.exec('BEGIN IMMEDIATE')
    try {
      const results = batch.map(putOne)
      database.exec('COMMIT')
      if (knownTexts.size > 4096) knownTexts.clear()
      for (const { texts } of results) for (const digest of texts) knownTexts.add(digest)
      return results.map(({ answer }) => answer)
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
}

function countRows(database: DatabaseSync, table: 'answers' | 'surplus_answers'): number {
  return Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'])
}
