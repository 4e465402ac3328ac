import { Bool, Field, Float64, Int64, List, Struct, StructRow, Utf8, Vector, type DataType } from 'apache-arrow'
import { toShardValue } from './read-shard.ts'
import type { ShardColumn, ShardValue } from './shard-writer.ts'

/** The Arrow field of a column: text as Utf8, integers as Int64; message fields may be null. */
export function arrowField(column: ShardColumn): Field {
  return new Field(column.name, arrowType(column), column.nullable)
}

/** A checked value as Arrow's builders want it. */
export function toArrow(column: ShardColumn, value: ShardValue): unknown {
  return column.type === 'integer' && typeof value === 'number' ? BigInt(value) : value
}

/** What an Arrow vector holds, as a shard value. */
export function fromArrow(value: unknown): ShardValue {
  return toShardValue(toPlain(value), 'Arrow file')
}

function arrowType(column: ShardColumn): DataType {
  switch (column.type) {
    case 'string':
      return new Utf8()
    case 'integer':
      return new Int64()
    case 'double':
      return new Float64()
    case 'boolean':
      return new Bool()
    case 'strings':
      return new List(new Field('element', new Utf8(), false))
    default: {
      const fields = column.fields.map((field) => new Field(field, new Utf8(), true))
      return new List(new Field('element', new Struct(fields), false))
    }
  }
}

function toPlain(value: unknown): unknown {
  if (value instanceof Vector) return Array.from(value, toPlain)
  if (value instanceof StructRow) return value.toJSON()
  return value
}
