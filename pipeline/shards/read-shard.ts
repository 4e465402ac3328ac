import { UserError } from '../records/user-error.ts'
import { toJsonObject, type JsonValue } from './json-value.ts'
import { openParquet, type ParquetRecord } from './open-parquet.ts'
import type { ShardRow, ShardValue } from './shard-writer.ts'

/**
 * Streams the rows of one of our shards, a row group at a time; INT64 comes as a number.
 * @param columns Read only these.
 * @throws UserError `parquet_missing`, `parquet_unreadable`, or `shard_value` for what our writers cannot have written.
 */
export async function* readShard(path: string, columns?: readonly string[]): AsyncGenerator<ShardRow> {
  const source = await openParquet(path, 'exact')
  for await (const rows of source.readGroups(columns)) for (const row of rows) yield toShardRow(row, path)
}

export type ParquetRow = {
  /** 1-based, over the whole file. */
  readonly rowNumber: number
  readonly value: Readonly<Record<string, JsonValue>>
}

/**
 * Streams any Parquet file as plain JSON values, a row group at a time: integers over 2^53 as text, dates and times as
 * ISO text, bytes of fixed length as base64, NaN and infinities as null, nested lists and structs as they are. Byte
 * arrays are read as UTF-8, without a byte-order mark; decimals lose what a double cannot hold.
 * Snappy, gzip, zstd, LZ4 and Brotli.
 * @throws UserError `parquet_missing`, `parquet_unreadable`.
 */
export async function* readParquetRows(path: string): AsyncGenerator<ParquetRow> {
  const source = await openParquet(path, 'tolerant')
  let rowNumber = 0
  for await (const rows of source.readGroups()) {
    for (const row of rows) {
      rowNumber += 1
      yield { rowNumber, value: toJsonObject(row) }
    }
  }
}

/** @param path Only for the error. */
export function toShardRow(row: ParquetRecord, path: string): ShardRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, toShardValue(value, `${path}, column ${name}`)]),
  )
}

export function toShardValue(value: unknown, where: string): ShardValue {
  if (Array.isArray(value)) return toList(value, where)
  if (typeof value === 'bigint') return toInteger(value, where)
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw badValue(where, typeof value)
}

function toList(items: readonly unknown[], where: string): ShardValue {
  const texts = items.filter((item) => typeof item === 'string')
  if (texts.length === items.length) return texts
  return items.map((item) => toMessage(item, where))
}

function toMessage(item: unknown, where: string): Readonly<Record<string, string | null>> {
  if (typeof item !== 'object' || item === null) throw badValue(where, `${String(item)} in a list`)
  return Object.fromEntries(Object.entries(item).map(([field, value]) => [field, toText(value, where)]))
}

function toText(value: unknown, where: string): string | null {
  if (value === undefined || value === null) return null
  if (typeof value === 'string') return value
  throw badValue(where, `${typeof value} in a message`)
}

function toInteger(value: bigint, where: string): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw badValue(where, `${value}, over 2^53`)
}

function badValue(where: string, got: string): UserError {
  return new UserError('shard_value', `expected a text, number, boolean, list of texts or messages, got ${got}`, {
    where,
    remedy: 'This is not a shard of this project; import other Parquet files as a prompt source.',
  })
}
