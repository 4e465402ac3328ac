import { UserError } from '../records/user-error.ts'
import { readParquetRows } from '../shards/read-shard.ts'
import { sniffFile, type InputFile } from './input-file.ts'
import type { RawRow } from './raw-row.ts'

/** A Parquet file, streamed by row group; values arrive as plain JSON. */
export async function* readParquet(file: InputFile, signal?: AbortSignal): AsyncGenerator<RawRow> {
  if ((await sniffFile(file)) !== 'parquet') {
    throw new UserError('unknown_format', 'expected a Parquet file, got something else', {
      where: file.name,
      remedy: 'set the format that it has: jsonl, json or csv; Parquet inside gzip must be unpacked first',
    })
  }
  for await (const { rowNumber, value } of readParquetRows(file.path)) {
    signal?.throwIfAborted()
    yield { location: `${file.name}#${rowNumber}`, line: null, raw: JSON.stringify(value), value }
  }
}
