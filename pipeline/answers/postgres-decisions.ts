import { z } from 'zod'
import { decisionSchema } from '../records/decision.ts'
import type { DecisionStore } from './decision-store.ts'
import { openPostgres, type PostgresTarget } from './postgres-database.ts'

/** @throws UserError `answer_store`, see {@link openPostgres}. */
export async function openPostgresDecisions(target: PostgresTarget): Promise<DecisionStore> {
  const database = await openPostgres(target, 1)
  return {
    add: async (decisions) => {
      const sql = `
        INSERT INTO safe_completions.decisions (id, decided_at, content_digest, prompt_id, decision)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
        ON CONFLICT (id) DO NOTHING
        RETURNING id`
      const rows = await database.query(sql, [
        decisions.map(({ id }) => id),
        decisions.map(({ decidedAt }) => decidedAt),
        decisions.map(({ contentDigest }) => contentDigest),
        decisions.map(({ promptId }) => promptId),
        decisions.map((decision) => JSON.stringify(decision)),
      ])
      return { added: rows.length, known: decisions.length - rows.length }
    },
    list: async ({ promptId, contentDigest } = {}) => {
      const sql = `
        SELECT decision FROM safe_completions.decisions
        WHERE ($1::text IS NULL OR prompt_id = $1) AND ($2::text IS NULL OR content_digest = $2)
        ORDER BY decided_at, id`
      const rows = await database.query(sql, [promptId ?? null, contentDigest ?? null])
      return rows.map((row) => decisionSchema.parse(JSON.parse(z.object({ decision: z.string() }).parse(row).decision)))
    },
    close: database.close,
  }
}
