import type { AuditRow } from './audit-row.ts'
import type { AuditItem } from './read-item.ts'
import type { PlacedFile } from './row-table.ts'
import { createRowReader } from './read-rows.ts'
import type { AuditBuild } from './audit-build.ts'
import { toFilePattern, type RowsDatabase } from './rows-database.ts'
import { readNumber } from './sql-values.ts'

/** What became of a prompt in the build before. */
export type PreviousOutcome = {
  readonly buildId: string
  /** Null: the prompt had no row. */
  readonly accepted: AuditRow | null
  /** Why its candidates, or the prompt itself, were rejected; the whole rows are in that build. */
  readonly rejected: readonly AuditRow[]
}

export type PreviousReader = (item: AuditItem) => Promise<PreviousOutcome | null>

/** Memory for texts of one prompt; more rows than a prompt has candidates are not shown. */
const mostRows = 20

/** Reads from the files themselves, as few prompts are looked at; null for a prompt that the build did not know. */
export function createPreviousReader(database: RowsDatabase, previous: AuditBuild): PreviousReader {
  const { files, format, manifest } = previous
  let placed: Promise<readonly PlacedFile[]> | null = null
  const place = async (): Promise<readonly PlacedFile[]> => {
    const found: PlacedFile[] = []
    let start = 0
    for (const file of files) {
      const [row] = await database.query('SELECT count(*)::INTEGER AS rows FROM read_parquet($file)', {
        file: toFilePattern(file.path),
      })
      const rows = readNumber(row, 'rows')
      found.push({ ...file, start, rows })
      start += rows
    }
    return found
  }
  return async (item) => {
    placed ??= place()
    const known = await placed
    const parts = await Promise.all(
      known.map(({ path, start }) =>
        database.query(
          `SELECT ($start + file_row_number)::INTEGER AS row_id
          FROM read_parquet($file, file_row_number = true) WHERE prompt_id = $key LIMIT ${mostRows}`,
          { file: toFilePattern(path), start, key: item.key },
        ),
      ),
    )
    const rowIds = parts.flat().map((row) => readNumber(row, 'row_id'))
    if (rowIds.length === 0) return null
    const rows = await createRowReader(database, known, format).read(rowIds.slice(0, mostRows))
    return {
      buildId: manifest.buildId,
      accepted: rows.find(({ status }) => status === 'accepted') ?? null,
      rejected: rows.filter(({ status }) => status === 'rejected'),
    }
  }
}
