import parquet, { type Field } from 'parquetjs-lite'
import type { ShardColumn, ShardRow, ShardValue, ShardWriter } from './shard-writer.ts'
import { writeShardFile, type ShardEncoder } from './write-shard-file.ts'

/** Larger pages were seen to overflow; many small ones only cost a header of some 20 bytes each. */
const rowsPerPage = 300

/**
 * Parquet through parquetjs-lite: GZIP, spec-form lists, no statistics (it compares them as UTF-16), no data page v2 and
 * no page index (both broken). Read back by hyparquet, another implementation.
 */
export const parquetjsLiteWriter: ShardWriter = {
  name: 'parquetjs-lite',
  writeShard: (path, columns, rows) => writeShardFile(path, columns, rows, openEncoder),
}

/**
 * The library writes into memory and never sees an error: it does not wait for its own header write, so a failing
 * stream would end the process. Each row group's bytes are handed to the file between two groups.
 */
async function openEncoder(columns: readonly ShardColumn[]): Promise<ShardEncoder> {
  let chunks: Uint8Array[] = []
  const takeChunks = (): readonly Uint8Array[] => {
    const taken = chunks
    chunks = []
    return taken
  }
  const stream = {
    write(bytes: Uint8Array, done: () => void) {
      chunks.push(bytes)
      done()
    },
    end(done: () => void) {
      done()
    },
  }
  const schema = new parquet.ParquetSchema(Object.fromEntries(columns.map((column) => [column.name, toField(column)])))
  const writer = await parquet.ParquetWriter.openStream(schema, stream, {
    useDataPageV2: false,
    pageIndex: false,
    pageSize: rowsPerPage,
  })
  return {
    async encodeGroup(rows) {
      // The append that reaches this number flushes the group.
      writer.setRowGroupSize(rows.length)
      for (const row of rows) await writer.appendRow(toRecord(columns, row))
      return takeChunks()
    },
    async finish() {
      await writer.close()
      return takeChunks()
    },
  }
}

function toField(column: ShardColumn): Field {
  const optional = column.nullable
  switch (column.type) {
    case 'string':
      return leaf('UTF8', optional)
    case 'integer':
      return leaf('INT64', optional)
    case 'double':
      return leaf('DOUBLE', optional)
    case 'boolean':
      return leaf('BOOLEAN', optional)
    case 'strings':
      return list(leaf('UTF8', false), optional)
    default:
      return list({ fields: Object.fromEntries(column.fields.map((field) => [field, leaf('UTF8', true)])) }, optional)
  }
}

function leaf(type: 'UTF8' | 'INT64' | 'DOUBLE' | 'BOOLEAN', optional: boolean): Field {
  return { type, optional, compression: 'GZIP', statistics: false }
}

/** The three-level form of the Parquet spec; Polars reads lists in the library's own short form as empty. */
function list(element: Field, optional: boolean): Field {
  return { type: 'LIST', optional, fields: { list: { repeated: true, fields: { element } } } }
}

function toRecord(columns: readonly ShardColumn[], row: ShardRow): Readonly<Record<string, unknown>> {
  return Object.fromEntries(columns.map(({ name }) => [name, toNested(row[name] ?? null)]))
}

function toNested(value: ShardValue): unknown {
  return Array.isArray(value) ? { list: value.map((element) => ({ element })) } : value
}
