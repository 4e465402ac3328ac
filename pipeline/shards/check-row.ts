import { z } from 'zod'
import { UserError } from '../records/user-error.ts'
import type { ShardColumn, ShardRow, ShardValue } from './shard-writer.ts'

/** Gives the row as it must be written: missing message fields become null, -0 becomes 0. */
export type CheckRow = (row: ShardRow, rowNumber: number) => ShardRow

/** Parquet writers replace lone surrogates by U+FFFD without a word, so they are refused here. NUL is text and stays. */
const textSchema = z.string().refine((text) => text.isWellFormed(), 'text holds a lone surrogate')
/** parquetjs-lite loses the sign of a zero; no score has one. */
const integerSchema = z.int().transform(withoutNegativeZero)
const doubleSchema = z.number().transform(withoutNegativeZero)

/**
 * The strict door in front of both writers: parquetjs-lite would take '12abc' as 12, drop unknown keys and corrupt
 * integers over 2^53. Checks names once and gives the check for each row.
 * @throws UserError `shard_column` for a bad column list; the check throws `shard_row`.
 */
export function createRowCheck(columns: readonly ShardColumn[]): CheckRow {
  checkColumns(columns)
  const schema = z.strictObject(Object.fromEntries(columns.map((column) => [column.name, valueSchema(column)])))
  return (row, rowNumber) => {
    const parsed = schema.safeParse(row)
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    throw badRow(row, rowNumber, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`)
  }
}

/** @param rowNumber 1-based number in the shard. */
export function badRow(row: ShardRow, rowNumber: number, problem: string): UserError {
  const id = row['id']
  return new UserError('shard_row', `expected a row that fits the shard's columns, got ${problem}`, {
    where: `shard row ${rowNumber}${typeof id === 'string' ? ` (id ${id})` : ''}`,
    remedy: 'Drop or mend this row before the shards are written; nothing was written.',
  })
}

function valueSchema(column: ShardColumn): z.ZodType<ShardValue> {
  const schema = requiredSchema(column)
  return column.nullable ? schema.nullable() : schema
}

function requiredSchema(column: ShardColumn): z.ZodType<ShardValue> {
  switch (column.type) {
    case 'string':
      return textSchema
    case 'integer':
      return integerSchema
    case 'double':
      return doubleSchema
    case 'boolean':
      return z.boolean()
    case 'strings':
      return z.array(textSchema)
    default:
      return z.array(
        z.strictObject(Object.fromEntries(column.fields.map((field) => [field, textSchema.nullable().default(null)]))),
      )
  }
}

function checkColumns(columns: readonly ShardColumn[]): void {
  checkNames(columns.map((column) => column.name))
  for (const column of columns) if (column.type === 'messages') checkNames(column.fields)
}

/** A dot or comma in a name would be a path to one library and plain text to the other. */
function checkNames(names: readonly string[]): void {
  const bad = names.find((name, index) => !/^[a-z][a-z0-9_]*$/.test(name) || names.indexOf(name) !== index)
  if (names.length > 0 && bad === undefined) return
  throw new UserError(
    'shard_column',
    `expected unique snake_case names, got ${bad === undefined ? 'none' : `"${bad}"`}`,
    {
      remedy: 'Rename the column or field.',
    },
  )
}

function withoutNegativeZero(value: number): number {
  return value === 0 ? 0 : value
}
