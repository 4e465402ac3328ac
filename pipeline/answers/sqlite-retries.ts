import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { retrySchema, type Retry } from '../records/retry.ts'

const rowSchema = z.object({ failed: z.string().transform((text): unknown => JSON.parse(text)) })

/** All or none, committed. */
export function addRetries(
  database: DatabaseSync,
  retries: readonly Retry[],
): { readonly added: number; readonly known: number } {
  const insert = database.prepare(
    'INSERT OR IGNORE INTO retries (digest, attempt, failed, reason, run_id, noted_at) VALUES (?, ?, ?, ?, ?, ?)',
  )
  database.exec('BEGIN IMMEDIATE')
  try {
    let added = 0
    for (const { digest, attempt, failed, reason, runId, at } of retries) {
      added += Number(insert.run(digest, attempt, JSON.stringify(failed), reason, runId, at).changes)
    }
    database.exec('COMMIT')
    return { added, known: retries.length - added }
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

export function listRetries(database: DatabaseSync): readonly Retry[] {
  return database
    .prepare(
      'SELECT digest, attempt, failed, reason, run_id AS runId, noted_at AS at FROM retries ORDER BY digest, attempt',
    )
    .all()
    .map((row) => retrySchema.parse({ ...row, ...rowSchema.parse(row) }))
}
