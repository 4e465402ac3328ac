type RowPlace = {
  /** `file:line` (JSONL, CSV) or `file#row` (Parquet, JSON arrays); lines and rows count from 1. */
  readonly location: string
  /** The line on which the row starts; null where the format has no lines. */
  readonly line: number | null
  /** The row's own text; for Parquet its values as JSON. */
  readonly raw: string
}

/** A row as its file holds it; nothing is known of its shape yet. */
type ReadableRow = RowPlace & { readonly value: unknown }

/** A row that its format's parser refused, while the rows around it are sound. */
type UnreadableRow = RowPlace & { readonly problem: string }

export type RawRow = ReadableRow | UnreadableRow

/** For messages: `file#3 (line 40)` where the location does not show the line already. */
export const describePlace = (row: Pick<RowPlace, 'location' | 'line'>): string =>
  row.line === null || row.location.endsWith(`:${row.line}`) ? row.location : `${row.location} (line ${row.line})`
