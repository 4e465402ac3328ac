import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { structuredOutputs } from '../records/request.ts'
import { batchStates, type BatchRequest, type BatchStore } from './batch-store.ts'
import { openDatabase } from './open-database.ts'
import { selectBatches } from './read-batches.ts'
import { explainSqliteError } from './sqlite-errors.ts'
import { joinRequest, splitRequest, storedRequestSchema } from './stored-request.ts'

const requestSchema = z.object({
  digest: z.string(),
  request: z.string(),
  askedAs: z.enum(structuredOutputs),
  step: z.string(),
  category: z.string().nullable(),
})

const triedSchema = z.object({
  batch: z.string(),
  state: z.enum(batchStates),
  outcome: z.string().nullable(),
  detail: z.string(),
})
const formsSchema = z.object({ inForm: z.int(), inWords: z.int() })

const requestColumns = 'digest, request, asked_as AS askedAs, step, category'
/** Held by a batch that may still answer, or answered since the run looked for it. */
const isTaken = `
  EXISTS (SELECT 1 FROM batch_requests JOIN batches ON batches.id = batch WHERE digest = ?1 AND state <> 'settled')
  OR EXISTS (SELECT 1 FROM answers WHERE digest = ?1)`

/** @throws UserError `answer_store`, see {@link openDatabase}; also when a disk refuses a write, which is then undone. */
export function openSqliteBatches(path: string): BatchStore {
  const database = openDatabase(path)
  // A power cut after a batch was created must not take what was written down before: see 0014.
  database.exec('PRAGMA synchronous=FULL')
  const selectText = database.prepare('SELECT text FROM texts WHERE digest = ?')
  const textOf = (digest: string): string => z.object({ text: z.string() }).parse(selectText.get(digest)).text
  const toRequest = (row: unknown): BatchRequest => {
    const { request, ...rest } = requestSchema.parse(row)
    return { ...rest, request: joinRequest(storedRequestSchema.parse(JSON.parse(request)), textOf) }
  }
  const selectHistory = database.prepare(`
    SELECT batch, state, outcome, batch_requests.detail
    FROM batch_requests JOIN batches ON batches.id = batch WHERE digest = ? ORDER BY created_at, batches.rowid`)
  const selectFetched = database.prepare(`
    SELECT 1 FROM batch_requests JOIN batches ON batches.id = batch
    WHERE digest = ? AND outcome = 'answered' AND fetched_by = ?`)
  // A table, which SQLite keeps on disk when it grows: memory does not follow the number of answers.
  database.exec('CREATE TEMP TABLE told (digest TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID')
  const tell = database.prepare('INSERT OR IGNORE INTO temp.told VALUES (?)')
  const selectRequest = database.prepare(`
    SELECT ${requestColumns} FROM batch_requests WHERE batch = ? AND digest = ? AND request IS NOT NULL`)
  /** One transaction. */
  const write = <T>(change: () => T): T => {
    try {
      database.exec('BEGIN IMMEDIATE')
      const result = change()
      database.exec('COMMIT')
      return result
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw explainSqliteError(error, path)
    }
  }
  const run = (sql: string, ...parameters: readonly (string | number | null)[]): boolean =>
    write(() => database.prepare(sql).run(...parameters).changes > 0)

  return {
    plan: async (batch, requests) => write(() => insertBatch(database, batch, requests)),
    startSubmit: async (id, leaseUntil) =>
      run(
        "UPDATE batches SET state = 'submitting', lease_until = ? WHERE id = ? AND state = 'planned'",
        leaseUntil,
        id,
      ),
    renewLease: async (id, leaseUntil) =>
      run("UPDATE batches SET lease_until = ? WHERE id = ? AND state = 'submitting'", leaseUntil, id),
    noteFile: async (id, fileId) => void run('UPDATE batches SET file_id = ? WHERE id = ?', fileId, id),
    noteSubmitted: async (id, remoteId, submittedAt) =>
      write(() => {
        database
          .prepare(
            `UPDATE batches SET state = 'submitted', remote_id = ?, submitted_at = ?, lease_until = NULL
             WHERE id = ? AND state = 'submitting'`,
          )
          .run(remoteId, submittedAt, id)
        return database.prepare('SELECT remote_id FROM batches WHERE id = ?').get(id)?.['remote_id'] === remoteId
      }),
    noteStatus: async (id, status) =>
      void run('UPDATE batches SET remote_status = ?1 WHERE id = ?2 AND remote_status IS NOT ?1', status, id),
    replan: async (id) =>
      void run(
        `UPDATE batches SET state = 'planned', attempt = attempt + 1, remote_id = NULL, remote_status = NULL,
           submitted_at = NULL, lease_until = NULL
         WHERE id = ? AND state IN ('submitting', 'submitted')`,
        id,
      ),
    drop: async (id, state) => run('DELETE FROM batches WHERE id = ? AND state = ?', id, state),
    settle: async (id, { remoteStatus, settledAt, fetchedBy, failures, inForm, inWords, detail }) =>
      write(() => {
        const setOutcome = database.prepare(
          'UPDATE batch_requests SET outcome = ?, detail = ? WHERE batch = ? AND digest = ? AND outcome IS NULL',
        )
        for (const failure of failures) setOutcome.run(failure.outcome, failure.detail, id, failure.digest)
        database
          .prepare("UPDATE batch_requests SET outcome = coalesce(outcome, 'answered'), request = NULL WHERE batch = ?")
          .run(id)
        database
          .prepare(
            `UPDATE batches SET state = 'settled', remote_status = ?, settled_at = ?, fetched_by = ?, detail = ?,
               in_form = ?, in_words = ?,
               answered = (SELECT count(*) FROM batch_requests WHERE batch = batches.id AND outcome = 'answered')
             WHERE id = ? AND state <> 'settled'`,
          )
          .run(remoteStatus, settledAt, fetchedBy, detail, inForm, inWords, id)
      }),
    list: async (states = batchStates) => selectBatches(database, states),
    requests: async function* (id) {
      const select = database.prepare(
        `SELECT ${requestColumns} FROM batch_requests WHERE batch = ? AND request IS NOT NULL ORDER BY digest`,
      )
      for (const row of select.iterate(id)) yield toRequest(row)
    },
    findRequest: async (id, digest) => {
      const row = selectRequest.get(id, digest)
      return row === undefined ? null : toRequest(row)
    },
    digests: async (id) =>
      database
        .prepare('SELECT digest FROM batch_requests WHERE batch = ? ORDER BY digest')
        .all(id)
        .map(({ digest }) => String(digest)),
    lookUp: async (digest) => {
      const rows = selectHistory.all(digest).map((row) => triedSchema.parse(row))
      const failed = rows.filter(({ outcome }) => outcome === 'failed')
      return {
        heldBy: rows.find(({ state }) => state !== 'settled')?.batch ?? null,
        tries: failed.length,
        detail: failed.at(-1)?.detail ?? '',
        isFormatRefused: rows.some(({ outcome }) => outcome === 'format_refused'),
      }
    },
    giveUp: async (digests) =>
      write(() => {
        const forget = database.prepare(
          "UPDATE batch_requests SET outcome = 'given_up' WHERE digest = ? AND outcome = 'failed'",
        )
        for (const digest of digests) forget.run(digest)
      }),
    tellFetched: (run) => {
      database.exec('DELETE FROM temp.told')
      return (digest) => selectFetched.get(digest, run) !== undefined && tell.run(digest).changes > 0
    },
    countForms: async ({ endpoint, model }) =>
      formsSchema.parse(
        database
          .prepare(
            `SELECT coalesce(sum(in_form), 0) AS inForm, coalesce(sum(in_words), 0) AS inWords
             FROM batches WHERE endpoint = ? AND model = ?`,
          )
          .get(endpoint, model),
      ),
    close: async () => database.close(),
  }
}

/** Within a transaction. Returns the digests that went in. */
function insertBatch(
  database: DatabaseSync,
  { id, build, wave, endpoint, model, bytes, tokens, createdAt }: Parameters<BatchStore['plan']>[0],
  requests: readonly BatchRequest[],
): readonly string[] {
  const check = database.prepare(`SELECT ${isTaken} AS taken`)
  const free = requests.filter(({ digest }) => check.get(digest)?.['taken'] === 0)
  if (free.length === 0) return []
  database
    .prepare(
      `INSERT INTO batches (id, build, wave, endpoint, model, state, requests, bytes, tokens, created_at)
       VALUES (?, ?, ?, ?, ?, 'planned', ?, ?, ?, ?)`,
    )
    .run(id, build, wave, endpoint, model, free.length, bytes, tokens, createdAt)
  const insertText = database.prepare('INSERT OR IGNORE INTO texts (digest, text) VALUES (?, ?)')
  const insert = database.prepare(
    'INSERT INTO batch_requests (batch, digest, request, asked_as, step, category) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const written = new Set<string>()
  for (const { digest, request, askedAs, step, category } of free) {
    const { stored, texts } = splitRequest(request)
    for (const [textDigest, text] of texts) {
      if (!written.has(textDigest)) insertText.run(textDigest, text)
      written.add(textDigest)
    }
    insert.run(id, digest, JSON.stringify(stored), askedAs, step, category)
  }
  return free.map(({ digest }) => digest)
}
