import { open, type FileHandle } from 'node:fs/promises'
import {
  AsyncByteQueue,
  makeBuilder,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  Schema,
  Struct,
} from 'apache-arrow'
import { UserError } from '../records/user-error.ts'
import { arrowField, fromArrow, toArrow } from './arrow-values.ts'
import { batchRows } from './batch-rows.ts'
import { createRowCheck } from './check-row.ts'
import type { ShardColumn, ShardRow, WrittenShard } from './shard-writer.ts'
import { writeThenRename, type AppendBytes } from './write-then-rename.ts'

/** Arrow's offsets overflow silently at 2 GiB; 2,000 rows a batch streamed 200,000 rows in 264 MB RSS. */
const batchLimits = { rows: 2_000, bytes: 32 * 1024 ** 2 }
const magic = 'ARROW1'

/** Keeps what the Arrow writer emits until it is on disk: the library's own queue grows without bound. */
class ChunkSink extends AsyncByteQueue {
  #chunks: Uint8Array[] = []

  override write(value: Uint8Array): void {
    this.#chunks.push(value)
  }

  async drainTo(append: AppendBytes): Promise<void> {
    const chunks = this.#chunks
    this.#chunks = []
    for (const chunk of chunks) await append(chunk)
  }
}

/**
 * Writes an Arrow IPC file (not a stream) for analysis: the columns of a shard, no dictionary, no compression, under a
 * temporary name and then renamed. A file may have no rows. Memory is bounded by one batch.
 * @throws UserError `shard_column`, `shard_row`, `file_write`; what `rows` throws passes unchanged.
 */
export async function writeArrowFile(
  path: string,
  columns: readonly ShardColumn[],
  rows: Iterable<ShardRow> | AsyncIterable<ShardRow>,
): Promise<WrittenShard> {
  const checkRow = createRowCheck(columns)
  let count = 0
  const written = await writeThenRename(
    path,
    async (append) => {
      const schema = new Schema(columns.map(arrowField))
      const sink = new ChunkSink()
      const writer = new RecordBatchFileWriter()
      writer.reset(sink, schema)
      for await (const batch of batchRows(columns, checkRow, rows, batchLimits)) {
        writer.write(toRecordBatch(schema, columns, batch.rows))
        count += batch.rows.length
        await sink.drainTo(append)
      }
      writer.close()
      await sink.drainTo(append)
    },
    (temporaryPath, { bytes }) => checkMagic(temporaryPath, bytes),
  )
  return { rows: count, ...written }
}

/**
 * Streams the rows of an Arrow IPC file of ours, a batch at a time. Arrow's reader drops a byte-order mark at the start
 * of a text; other tools read it.
 * @throws UserError `arrow_unreadable`
 */
export async function* readArrowFile(path: string): AsyncGenerator<ShardRow> {
  const handle = await open(path, 'r')
  try {
    await checkMagic(path, (await handle.stat()).size, handle)
    const reader = await RecordBatchReader.from(handle)
    for await (const batch of reader) {
      const names = batch.schema.fields.map((field) => field.name)
      const vectors = names.map((_name, index) => batch.getChildAt(index))
      for (let row = 0; row < batch.numRows; row += 1) {
        yield Object.fromEntries(names.map((name, index) => [name, fromArrow(vectors[index]?.get(row))]))
      }
    }
  } finally {
    await handle.close()
  }
}

function toRecordBatch(schema: Schema, columns: readonly ShardColumn[], rows: readonly ShardRow[]): RecordBatch {
  const children = columns.map((column, index) => {
    const builder = makeBuilder({ type: schema.fields[index]?.type, nullValues: [null, undefined] })
    for (const row of rows) builder.append(toArrow(column, row[column.name] ?? null))
    return builder.finish().flush()
  })
  const type = new Struct(schema.fields)
  return new RecordBatch(schema, makeData({ type, length: rows.length, nullCount: 0, children }))
}

/** The reader takes a file without its footer for one without batches, so both marks are checked here. */
async function checkMagic(path: string, bytes: number, opened?: FileHandle): Promise<void> {
  const handle = opened ?? (await open(path, 'r'))
  try {
    const head = await handle.read(Buffer.alloc(magic.length), 0, magic.length, 0)
    const tail = await handle.read(Buffer.alloc(magic.length), 0, magic.length, Math.max(bytes - magic.length, 0))
    if (bytes > 2 * magic.length && head.buffer.toString() === magic && tail.buffer.toString() === magic) return
  } finally {
    if (!opened) await handle.close()
  }
  throw new UserError('arrow_unreadable', 'expected a whole Arrow IPC file, got another kind or a truncated one', {
    where: path,
    remedy: 'Build the file again.',
  })
}
