import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { answerSchema, type Answer } from '../records/answer.ts'
import type { AnswerStore, StoredAnswer } from './answer-store.ts'
import { openDatabase } from './open-database.ts'
import { digestSubject } from './request-digest.ts'
import { explainSqliteError } from './sqlite-errors.ts'
import { joinRequest, splitRequest, storedRequestSchema } from './stored-request.ts'

/*
 * The embedded answer store. Writers queue in memory and one transaction commits all that have gathered ("group
 * commit"): a put resolves only after the commit that holds it was synced. Reads never wait for a writer (WAL), so a
 * second process can read while a build writes. node:sqlite is synchronous; a commit blocks the thread for one fsync.
 */

/** Answers that arrive within this time share a commit; small against any model's latency. */
const gatherMs = 25
/** A commit is not delayed once this many wait. */
const gatherLimit = 256

const rowSchema = z.object({
  digest: z.string(),
  request: z.string(),
  answer: z.string(),
  step: z.string(),
  category: z.string().nullable(),
  created_at: z.string(),
  latency_ms: z.int(),
})

const measureSchema = z.object({
  step: z.string(),
  endpoint: z.string(),
  model: z.string(),
  category: z.string().nullable(),
  answers: z.int(),
  promptTokens: z.int(),
  cachedPromptTokens: z.int(),
  completionTokens: z.int(),
  withoutUsage: z.int(),
})

const measureSql = `
  SELECT step, category,
    json_extract(request, '$.endpoint') AS endpoint,
    json_extract(request, '$.model') AS model,
    count(*) AS answers,
    coalesce(sum(json_extract(answer, '$.usage.promptTokens')), 0) AS promptTokens,
    coalesce(sum(json_extract(answer, '$.usage.cachedPromptTokens')), 0) AS cachedPromptTokens,
    coalesce(sum(json_extract(answer, '$.usage.completionTokens')), 0) AS completionTokens,
    sum(json_extract(answer, '$.usage') IS NULL) AS withoutUsage
  FROM answers
  GROUP BY step, category, endpoint, model
  ORDER BY step, category, endpoint, model`

type Waiting = {
  readonly entry: StoredAnswer
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** @throws UserError `answer_store`, see {@link openDatabase}. */
export function openSqliteStore(path: string): AnswerStore {
  const database = openDatabase(path)
  const select = database.prepare('SELECT answer FROM answers WHERE digest = ?')
  const selectRow = database.prepare('SELECT * FROM answers WHERE digest = ?')
  const selectSubject = database.prepare(
    'SELECT * FROM answers WHERE subject = ? ORDER BY created_at DESC, digest LIMIT 1',
  )
  const selectFailure = database.prepare('SELECT detail FROM failures WHERE digest = ?')
  const selectText = database.prepare('SELECT text FROM texts WHERE digest = ?')
  const commit = createCommit(database)
  let waiting: Waiting[] = []
  let timer: NodeJS.Timeout | null = null

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const batch = waiting
    waiting = []
    if (batch.length === 0) return
    try {
      const answers = commit(batch.map(({ entry }) => entry))
      for (const [n, { entry, resolve }] of batch.entries()) resolve(answers[n] ?? entry.answer)
    } catch (error) {
      const explained = explainSqliteError(error, path)
      for (const { reject } of batch) reject(explained)
    }
  }

  const textOf = (digest: string): string => z.object({ text: z.string() }).parse(selectText.get(digest)).text
  const toEntry = (row: unknown): StoredAnswer => {
    const { digest, request, answer, step, category, created_at, latency_ms } = rowSchema.parse(row)
    return {
      digest,
      request: joinRequest(storedRequestSchema.parse(JSON.parse(request)), textOf),
      answer: answerSchema.parse(JSON.parse(answer)),
      step,
      category,
      createdAt: created_at,
      latencyMs: latency_ms,
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
        if (waiting.length >= gatherLimit) flush()
        else timer ??= setTimeout(flush, gatherMs)
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
    measure: async () =>
      database
        .prepare(measureSql)
        .all()
        .map((row) => measureSchema.parse(row)),
    entries: async function* () {
      for (const row of database.prepare('SELECT * FROM answers ORDER BY digest').iterate()) yield toEntry(row)
    },
    count: async () => ({ answers: countRows(database, 'answers'), surplus: countRows(database, 'surplus_answers') }),
    identify: async () => z.object({ id: z.string() }).parse(database.prepare('SELECT id FROM store').get()).id,
    close: async () => {
      flush()
      database.close()
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
  const knownTexts = new Set<string>()

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
    insertSurplus.run(digest, json, createdAt, latencyMs)
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
