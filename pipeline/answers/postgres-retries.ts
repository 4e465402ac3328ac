import { z } from 'zod'
import { retrySchema, type Retry } from '../records/retry.ts'
import type { PostgresDatabase } from './postgres-database.ts'

const rowSchema = z.looseObject({ failed: z.string().transform((text): unknown => JSON.parse(text)) })

/** All or none, committed. */
export async function addRetries(
  database: PostgresDatabase,
  retries: readonly Retry[],
): Promise<{ readonly added: number; readonly known: number }> {
  const sql = `
    INSERT INTO safe_completions.retries (digest, attempt, failed, reason, run_id, noted_at)
    SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[])
    ON CONFLICT (digest, attempt) DO NOTHING
    RETURNING attempt`
  const rows = await database.queryAgain(sql, [
    retries.map(({ digest }) => digest),
    retries.map(({ attempt }) => attempt),
    retries.map(({ failed }) => JSON.stringify(failed)),
    retries.map(({ reason }) => reason),
    retries.map(({ runId }) => runId),
    retries.map(({ at }) => at),
  ])
  return { added: rows.length, known: retries.length - rows.length }
}

export async function listRetries(database: PostgresDatabase): Promise<readonly Retry[]> {
  const rows = await database.query(`
    SELECT digest, attempt, failed, reason, run_id AS "runId", noted_at AS at
    FROM safe_completions.retries ORDER BY digest, attempt`)
  return rows.map((row) => retrySchema.parse(rowSchema.parse(row)))
}
