import { labelColumns } from './queue-choice.ts'
import type { RowsDatabase } from './rows-database.ts'
import { readNumber, readText } from './sql-values.ts'

export type LabelOption = { readonly value: string; readonly rows: number }

/** What the rows of a build can be filtered by. */
export type FilterOptions = {
  readonly labels: Readonly<Record<(typeof labelColumns)[number], readonly LabelOption[]>>
  /** Graders that failed some row, or could not grade it. */
  readonly graders: readonly LabelOption[]
}

/** A list to choose from; the rest can be written into the address. */
const mostOptions = 100

export async function readFilterOptions(database: RowsDatabase): Promise<FilterOptions> {
  const readColumn = async (expression: string): Promise<readonly LabelOption[]> => {
    const rows = await database.query(
      `SELECT value, count(*)::INTEGER AS rows FROM (SELECT ${expression} AS value FROM rows)
      WHERE value IS NOT NULL AND value <> '' GROUP BY value ORDER BY rows DESC, value LIMIT ${mostOptions}`,
    )
    return rows.map((row) => ({ value: readText(row, 'value'), rows: readNumber(row, 'rows') }))
  }
  const [code, stage, category, mode, intent, language, source, severity, graders] = await Promise.all([
    ...labelColumns.map(readColumn),
    readColumn('unnest(failed_graders)'),
  ])
  const none: readonly LabelOption[] = []
  return {
    labels: {
      code: code ?? none,
      stage: stage ?? none,
      category: category ?? none,
      mode: mode ?? none,
      intent: intent ?? none,
      language: language ?? none,
      source: source ?? none,
      severity: severity ?? none,
    },
    graders: graders ?? none,
  }
}
