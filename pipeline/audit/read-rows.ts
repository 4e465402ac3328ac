import { z } from 'zod'
import { UserError } from '../records/user-error.ts'
import { rowColumns, toAcceptedRow, toRejectedRow, type AuditRow } from './audit-row.ts'
import type { PlacedFile } from './row-table.ts'
import { toFilePattern, type RowsDatabase } from './rows-database.ts'
import { readText } from './sql-values.ts'

export type RowReader = {
  /** Whole rows, in order of `row_id`. */
  readonly read: (rowIds: readonly number[]) => Promise<readonly AuditRow[]>
}

/**
 * Reads whole rows straight from their Parquet files, by their place in them; one after the other, as each unpacks a row
 * group for itself.
 * @throws UserError `audit_rows` when a file is gone or a row is not of our form.
 */
export function createRowReader(database: RowsDatabase, files: readonly PlacedFile[], format: string): RowReader {
  const readFrom = async ({ path, start, rows, outcome }: PlacedFile, rowIds: readonly number[]) => {
    const within = rowIds.filter((rowId) => rowId >= start && rowId < start + rows).map((rowId) => rowId - start)
    if (within.length === 0) return []
    const found = await database.query(
      // As one text: a result has room for 2,048 values a column, and is freed only when the garbage collector comes round.
      `SELECT to_json(found)::VARCHAR AS row FROM (
        SELECT ($start + file_row_number)::INTEGER AS row_id, ${rowColumns[outcome].join(', ')}
        FROM read_parquet($file, file_row_number = true)
        WHERE file_row_number IN (SELECT unnest(from_json($within, '["BIGINT"]')))) AS found`,
      { file: toFilePattern(path), start, within: JSON.stringify(within) },
    )
    const texts = found.map((row): unknown => JSON.parse(readText(row, 'row')))
    return texts.map((row) =>
      parseRow(() => (outcome === 'accepted' ? toAcceptedRow(row, format) : toRejectedRow(row))),
    )
  }
  const readAll = async (rowIds: readonly number[]): Promise<readonly AuditRow[]> => {
    const rows: AuditRow[] = []
    for (const file of files) rows.push(...(await readFrom(file, rowIds)))
    return rows.toSorted((a, b) => a.rowId - b.rowId)
  }
  let last: Promise<unknown> = Promise.resolve()
  return {
    read: (rowIds) => {
      const rows = last.then(() => readAll(rowIds))
      last = rows.catch(() => undefined)
      return rows
    },
  }
}

function parseRow(read: () => AuditRow): AuditRow {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    throw new UserError('audit_rows', `expected a row of a build, got another form: ${z.prettifyError(error)}`, {
      remedy: 'Run `safe-completions verify` on the build; a rerun of the build mends it without sending a request.',
      cause: error,
    })
  }
}
