import type { PlacedFile } from './row-table.ts'
import { toFilePattern, type RowsDatabase } from './rows-database.ts'

const turnsOf = (column: string): string => `array_to_string(list_transform(${column}, lambda m: m.content), chr(10))`

/** Columns with text that a person reads, by kind of file. */
const texts = {
  accepted: [turnsOf('prompt'), turnsOf('completion'), 'reasoning'],
  rejected: [turnsOf('messages'), 'answer', 'reasoning', 'detail'],
} as const

/**
 * Table `hits`: the rows of which a text holds this one, whatever the case. Reads every text of the build, some
 * seconds for 200,000 rows of 4,000 characters.
 */
export async function replaceHitTable(
  database: RowsDatabase,
  files: readonly PlacedFile[],
  text: string,
): Promise<void> {
  await database.run('CREATE OR REPLACE TABLE hits (row_id INTEGER)')
  for (const { path, start, outcome } of files) {
    const conditions = texts[outcome].map((column) => `regexp_matches(${column}, '(?i)' || regexp_escape($text))`)
    await database.run(
      `INSERT INTO hits SELECT ($start + file_row_number)::INTEGER
      FROM read_parquet($file, file_row_number = true) WHERE ${conditions.join(' OR ')}`,
      { file: toFilePattern(path), start, text },
    )
  }
}
