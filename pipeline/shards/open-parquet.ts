import { stat } from 'node:fs/promises'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, type AsyncBuffer } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { UserError } from '../records/user-error.ts'

export type ParquetRecord = Readonly<Record<string, unknown>>
export type ParquetSource = {
  /** Names of the top-level columns, in file order. */
  readonly columns: readonly string[]
  readonly rows: number
  /** Reads one row group at a time, in file order; of the named columns only, if any are named. */
  readonly readGroups: (columns?: readonly string[]) => AsyncGenerator<readonly ParquetRecord[]>
}

/** Exact: a byte-order mark stays, and bytes that are not UTF-8 throw. Tolerant: the mark goes, bad bytes become U+FFFD. */
const decoders = {
  exact: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
  tolerant: new TextDecoder('utf-8'),
} as const

/**
 * Snappy and LZ4 from hyparquet-compressors; the others from Node, in C. The page header's size bounds the output, so
 * a small hostile page cannot grow without limit.
 */
const decompressors = {
  ...compressors,
  GZIP: (input: Uint8Array, length: number) => gunzipSync(input, { maxOutputLength: Math.max(length, 1) }),
  BROTLI: (input: Uint8Array, length: number) => brotliDecompressSync(input, { maxOutputLength: Math.max(length, 1) }),
  ZSTD: (input: Uint8Array, length: number) => zstdDecompressSync(input, { maxOutputLength: Math.max(length, 1) }),
}

/**
 * Opens a Parquet file for streaming by row group; memory is bounded by the largest group.
 * @throws UserError `parquet_missing`, `parquet_unreadable` (not Parquet, truncated, encrypted, or damaged pages).
 */
export async function openParquet(path: string, text: 'exact' | 'tolerant'): Promise<ParquetSource> {
  const file = await openFile(path)
  await checkMagic(path, file)
  const metadata = await orUnreadable(path, () => parquetMetadataAsync(file))
  const decoder = decoders[text]
  const parsers = { stringFromBytes: (bytes: Uint8Array | undefined) => bytes && decoder.decode(bytes) }
  async function* readGroups(columns?: readonly string[]): AsyncGenerator<readonly ParquetRecord[]> {
    const choice = columns === undefined ? {} : { columns: [...columns] }
    let rowStart = 0
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows)
      const range = { rowStart, rowEnd }
      yield await orUnreadable<readonly ParquetRecord[]>(path, () =>
        parquetReadObjects({ file, metadata, ...range, ...choice, compressors: decompressors, parsers }),
      )
      rowStart = rowEnd
    }
  }
  return { columns: topLevelNames(metadata.schema), rows: Number(metadata.num_rows), readGroups }
}

async function openFile(path: string): Promise<AsyncBuffer> {
  try {
    if (!(await stat(path)).isFile()) throw new Error('a folder')
    return await asyncBufferFromFile(path)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UserError('parquet_missing', `expected a Parquet file, got ${reason}`, {
      where: path,
      remedy: 'Check the path.',
      cause,
    })
  }
}

/** `PAR1`, pages, footer, its length in 4 bytes, `PAR1`: a cut file has lost the second mark. */
async function checkMagic(path: string, file: AsyncBuffer): Promise<void> {
  const { byteLength } = file
  if (byteLength < 12) throw unreadable(path, `${byteLength} bytes, too few for a Parquet file`)
  const head = Buffer.from(await file.slice(0, 4)).toString('latin1')
  const tail = Buffer.from(await file.slice(byteLength - 8, byteLength))
  const mark = tail.subarray(4).toString('latin1')
  if (head === 'PARE' || mark === 'PARE') throw unreadable(path, 'an encrypted Parquet file')
  if (head !== 'PAR1') throw unreadable(path, 'a file of another kind')
  if (mark !== 'PAR1') throw unreadable(path, 'a truncated Parquet file (its end is missing)')
  if (tail.readUInt32LE(0) > byteLength - 12) throw unreadable(path, 'a damaged Parquet footer')
}

async function orUnreadable<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (cause) {
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function unreadable(path: string, got: string, cause?: unknown): UserError {
  return new UserError('parquet_unreadable', `expected a whole Parquet file, got ${got}`, {
    where: path,
    remedy: 'Fetch or build the file again; a reader such as DuckDB or pyarrow can tell more about it.',
    cause,
  })
}

function topLevelNames(
  schema: readonly { readonly name: string; readonly num_children?: number }[],
): readonly string[] {
  const names: string[] = []
  let index = 1
  while (index < schema.length) {
    names.push(schema[index]?.name ?? '')
    // The schema is a list in preorder: skip the whole subtree of this column.
    let open = 1
    while (open > 0 && index < schema.length) {
      open += (schema[index]?.num_children ?? 0) - 1
      index += 1
    }
  }
  return names
}
