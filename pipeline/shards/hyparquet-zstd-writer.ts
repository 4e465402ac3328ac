import { zstdCompressSync } from 'node:zlib'
import type { SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { ShardColumn, ShardValue, ShardWriter } from './shard-writer.ts'
import { writeShardFile, type ShardEncoder } from './write-shard-file.ts'

/**
 * Parquet through hyparquet-writer, compressed by Node's own zstd at its default level 3: about 0.4 of the CPU time of
 * the other writer. It can only write data page v2. It is read back by hyparquet, which is by the same authors but a
 * code base of its own; the rows are compared by digests that were taken before this library saw them.
 * Bytes are equal for equal rows and one Node version: another zstd release may compress differently.
 */
export const hyparquetZstdWriter: ShardWriter = {
  name: 'hyparquet-writer',
  writeShard: (path, columns, rows) => writeShardFile(path, columns, rows, openEncoder),
}

async function openEncoder(columns: readonly ShardColumn[]): Promise<ShardEncoder> {
  const bytes = new ByteWriter()
  const takeBytes = (): readonly Uint8Array[] => {
    const taken = bytes.getBytes().slice()
    // `offset` goes on counting, so that the footer's offsets hold; only the buffer starts again.
    bytes.index = 0
    return [taken]
  }
  const writer = new ParquetWriter({
    writer: bytes,
    schema: [{ name: 'root', num_children: columns.length }, ...columns.flatMap(toElements)],
    codec: 'ZSTD',
    compressors: { ZSTD: (input) => zstdCompressSync(input) },
    statistics: false,
  })
  return {
    async encodeGroup(rows) {
      const columnData = columns.map((column) => ({
        name: column.name,
        data: rows.map((row) => toPhysical(column, row[column.name] ?? null)),
        offsetIndex: false,
      }))
      await writer.write({ columnData, rowGroupSize: rows.length })
      return takeBytes()
    },
    async finish() {
      await writer.finish()
      return takeBytes()
    },
  }
}

function toPhysical(column: ShardColumn, value: ShardValue): ShardValue | bigint {
  return column.type === 'integer' && typeof value === 'number' ? BigInt(value) : value
}

function toElements(column: ShardColumn): SchemaElement[] {
  const { name } = column
  const repetition_type = column.nullable ? 'OPTIONAL' : 'REQUIRED'
  switch (column.type) {
    case 'string':
      return [text(name, column.nullable)]
    case 'integer':
      return [{ name, type: 'INT64', repetition_type }]
    case 'double':
      return [{ name, type: 'DOUBLE', repetition_type }]
    case 'boolean':
      return [{ name, type: 'BOOLEAN', repetition_type }]
    case 'strings':
      return [...listOf(name, column.nullable), text('element', false)]
    default:
      return [
        ...listOf(name, column.nullable),
        { name: 'element', repetition_type: 'REQUIRED', num_children: column.fields.length },
        ...column.fields.map((field) => text(field, true)),
      ]
  }
}

function text(name: string, nullable: boolean): SchemaElement {
  return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED' }
}

/** The two outer levels of the spec's list form; the element follows. */
function listOf(name: string, nullable: boolean): SchemaElement[] {
  return [
    { name, repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED', converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  ]
}
