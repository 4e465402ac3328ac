import { states } from '../diff/outcome.ts'
import type { AuditBuild, RowFile } from './audit-build.ts'
import { toFilePattern, type RowsDatabase } from './rows-database.ts'

/*
 * Table `movers`: prompts of both builds that came out otherwise, as pipeline/diff/movers.ts defines it. What a prompt adds
 * to the set is the reward of its row, and nothing where it has no row; of equal differences the one whose mode moved
 * farther goes first.
 */
export async function createMoverTable(database: RowsDatabase, previous: AuditBuild): Promise<void> {
  await database.run(
    'CREATE OR REPLACE TABLE before_rows (item VARCHAR, mode VARCHAR, reward DOUBLE, accepted BOOLEAN)',
  )
  for (const { path, outcome } of previous.files) {
    await database.run(`INSERT INTO before_rows ${selectBefore(outcome)}`, { file: toFilePattern(path) })
  }
  await database.run(`
    CREATE OR REPLACE TABLE movers AS
    WITH now_items AS (${standOf(`SELECT item, mode, reward, code = 'accepted' AS accepted FROM rows`)}),
    before_items AS (${standOf('SELECT * FROM before_rows')}),
    moved AS (
      SELECT now_items.item, now_items.reward - before_items.reward AS difference,
        abs(${stepOf('now_items.state')} - ${stepOf('before_items.state')}) AS steps
      FROM now_items JOIN before_items USING (item))
    SELECT * FROM moved WHERE difference <> 0 OR steps <> 0`)
  await database.run('DROP TABLE before_rows')
}

function selectBefore(outcome: RowFile['outcome']): string {
  return `SELECT prompt_id, left(mode, 50), reward, ${outcome === 'accepted'}
    FROM read_parquet($file) WHERE regexp_full_match(prompt_id, 'p_[0-9a-f]{20}')`
}

function standOf(rows: string): string {
  return `
    SELECT item, coalesce(max(reward) FILTER (accepted), 0) AS reward,
      coalesce(max(mode) FILTER (accepted), 'rejected') AS state
    FROM (${rows}) GROUP BY item`
}

function stepOf(state: string): string {
  return `list_position([${states.map((one) => `'${one}'`).join(', ')}], ${state})`
}
