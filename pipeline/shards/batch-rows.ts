import { badRow, type CheckRow } from './check-row.ts'
import { createGroupDigest, encodeRow, type GroupDigest } from './row-digest.ts'
import type { ShardColumn, ShardRow } from './shard-writer.ts'

export type RowBatch = { readonly rows: readonly ShardRow[]; readonly digest: GroupDigest }

/** Both Parquet libraries and Arrow's 32-bit offsets fail near 2 GiB, which a batch with one such row cannot reach. */
const maxRowBytes = 256 * 1024 ** 2

/**
 * Checks rows strictly and cuts them into batches of at most `rows` rows and `bytes` canonical bytes (one row may be
 * more). Holds one batch.
 * @throws UserError `shard_row`; what `rows` throws passes unchanged.
 */
export async function* batchRows(
  columns: readonly ShardColumn[],
  checkRow: CheckRow,
  rows: Iterable<ShardRow> | AsyncIterable<ShardRow>,
  limits: { readonly rows: number; readonly bytes: number },
): AsyncGenerator<RowBatch> {
  let batch: ShardRow[] = []
  let bytes = 0
  let digest = createGroupDigest()
  let rowNumber = 0
  for await (const unchecked of rows) {
    rowNumber += 1
    const row = checkRow(unchecked, rowNumber)
    const encoded = encodeRow(columns, row)
    const rowBytes = Buffer.byteLength(encoded)
    if (rowBytes > maxRowBytes) throw badRow(row, rowNumber, `${rowBytes} bytes, over the ${maxRowBytes} of a row`)
    if (batch.length === limits.rows || (batch.length > 0 && bytes + rowBytes > limits.bytes)) {
      yield { rows: batch, digest: digest.end() }
      batch = []
      bytes = 0
      digest = createGroupDigest()
    }
    batch.push(row)
    bytes += rowBytes
    digest.add(encoded)
  }
  if (batch.length > 0) yield { rows: batch, digest: digest.end() }
}
