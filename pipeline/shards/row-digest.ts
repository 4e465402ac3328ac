import { createHash, hash } from 'node:crypto'
import type { ShardColumn, ShardRow, ShardValue } from './shard-writer.ts'

/**
 * The canonical text of a row: a JSON array of its values in column order, messages as arrays in field order. JSON
 * tells null, '', [] and numbers apart, and checked rows hold no value that it would fold.
 */
export function encodeRow(columns: readonly ShardColumn[], row: ShardRow): string {
  return JSON.stringify(columns.map((column) => canonicalValue(column, row[column.name] ?? null)))
}

/** SHA-256 of a row's canonical text, hex. */
function digestRow(encodedRow: string): string {
  return hash('sha256', encodedRow)
}

export type GroupDigest = { readonly rows: number; readonly digest: string }

/** Digests rows in order into one digest a row group: what is remembered of a shard while it streams through. */
export function createGroupDigest(): { readonly add: (encodedRow: string) => void; readonly end: () => GroupDigest } {
  const digests = createHash('sha256')
  let rows = 0
  return {
    add(encodedRow) {
      digests.update(digestRow(encodedRow))
      rows += 1
    },
    end: () => ({ rows, digest: digests.digest('hex') }),
  }
}

function canonicalValue(column: ShardColumn, value: ShardValue): unknown {
  if (column.type !== 'messages' || !Array.isArray(value)) return value
  return value.map((item) =>
    typeof item === 'string' ? item : column.fields.map((field) => (field in item ? item[field] : null)),
  )
}
