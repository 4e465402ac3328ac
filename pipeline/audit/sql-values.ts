import type { SqlRow } from './rows-database.ts'

/* Cells of our own queries, whose types we know; anything else is a bug. */

export function readNumber(row: SqlRow | undefined, column: string): number {
  const value = row?.[column]
  if (typeof value === 'number') return value
  throw new Error(`expected a number in ${column}, got ${typeof value}`)
}

export function readText(row: SqlRow | undefined, column: string): string {
  const value = row?.[column]
  if (typeof value === 'string') return value
  throw new Error(`expected a text in ${column}, got ${typeof value}`)
}

export function readTextOrNull(row: SqlRow | undefined, column: string): string | null {
  return (row?.[column] ?? null) === null ? null : readText(row, column)
}

export function readNumberOrNull(row: SqlRow | undefined, column: string): number | null {
  return (row?.[column] ?? null) === null ? null : readNumber(row, column)
}
