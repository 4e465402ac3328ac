import { decisionSchema } from '../records/decision.ts'
import type { DecisionStore } from './decision-store.ts'
import { openDatabase } from './open-database.ts'
import { explainSqliteError } from './sqlite-errors.ts'

/** @throws UserError `answer_store`, see {@link openDatabase}; also when a disk refuses a decision, which is then not kept. */
export function openSqliteDecisions(path: string, access: 'write' | 'read' = 'write'): DecisionStore {
  const database = openDatabase(path, access)
  const insertSql = 'INSERT OR IGNORE INTO decisions VALUES (?, ?, ?, ?, ?)'
  return {
    add: async (decisions) => {
      try {
        const insert = database.prepare(insertSql)
        database.exec('BEGIN IMMEDIATE')
        let added = 0
        for (const decision of decisions) {
          const { id, decidedAt, contentDigest, promptId } = decision
          added += Number(insert.run(id, decidedAt, contentDigest, promptId, JSON.stringify(decision)).changes)
        }
        database.exec('COMMIT')
        return { added, known: decisions.length - added }
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw explainSqliteError(error, path)
      }
    },
    list: async ({ promptId, contentDigest } = {}) => {
      const rows = database.prepare(`
        SELECT decision FROM decisions
        WHERE (?1 IS NULL OR prompt_id = ?1) AND (?2 IS NULL OR content_digest = ?2)
        ORDER BY decided_at, id`)
      return rows
        .all(promptId ?? null, contentDigest ?? null)
        .map(({ decision }) => decisionSchema.parse(JSON.parse(String(decision))))
    },
    close: async () => database.close(),
  }
}
