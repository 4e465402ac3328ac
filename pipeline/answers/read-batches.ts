import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { batchStates, type BatchState, type StoredBatch } from './batch-store.ts'
import { openDatabase } from './open-database.ts'

const batchSchema = z.object({
  id: z.string(),
  attempt: z.int(),
  build: z.string(),
  wave: z.int(),
  endpoint: z.string(),
  model: z.string(),
  state: z.enum(batchStates),
  requests: z.int(),
  bytes: z.int(),
  tokens: z.int(),
  createdAt: z.string(),
  leaseUntil: z.string().nullable(),
  fileId: z.string().nullable(),
  remoteId: z.string().nullable(),
  remoteStatus: z.string().nullable(),
  submittedAt: z.string().nullable(),
  settledAt: z.string().nullable(),
  answered: z.int(),
  detail: z.string(),
})

const batchColumns = `id, attempt, build, wave, endpoint, model, state, requests, bytes, tokens, created_at AS createdAt,
  lease_until AS leaseUntil, file_id AS fileId, remote_id AS remoteId, remote_status AS remoteStatus,
  submitted_at AS submittedAt, settled_at AS settledAt, answered, detail`

/**
 * Every batch that a store knows, oldest first. The file is left as it is.
 * @throws UserError `answer_store`, see {@link openDatabase}
 */
export function readSqliteBatches(path: string): readonly StoredBatch[] {
  const database = openDatabase(path, 'read')
  try {
    return selectBatches(database, batchStates)
  } finally {
    database.close()
  }
}

/** In these states, oldest first. */
export function selectBatches(database: DatabaseSync, states: readonly BatchState[]): readonly StoredBatch[] {
  return database
    .prepare(
      `SELECT ${batchColumns} FROM batches WHERE state IN (SELECT value FROM json_each(?)) ORDER BY created_at, rowid`,
    )
    .all(JSON.stringify(states))
    .map((row) => batchSchema.parse(row))
}
