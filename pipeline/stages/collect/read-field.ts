import type { Label } from '../../importers/source-config.ts'
import type { Flaw } from './bad-row.ts'

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** For messages: the kind of a value, never its text. */
export const describeKind = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** The value at a dotted path; a key that holds the dots itself (a CSV column `meta.topic`) comes first. */
export const readField = (row: Readonly<Record<string, unknown>>, path: string): unknown => {
  if (Object.hasOwn(row, path)) return row[path]
  let value: unknown = row
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    const next: unknown = Reflect.get(value, key)
    value = next
  }
  return value
}

export const nameFields = (row: Readonly<Record<string, unknown>>): string => Object.keys(row).slice(0, 20).join(', ')

export type ReadLabel =
  { readonly outcome: 'read'; readonly value: string | null } | { readonly outcome: 'bad'; readonly flaw: Flaw }

const readScalar = (value: unknown): string | null | undefined => {
  if (value === undefined || value === null) return null
  // CSV has no null, so an empty cell is an absent label in every format.
  if (typeof value === 'string') return value.trim() === '' ? null : value.trim()
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  return undefined
}

/** A row's label by its rule; null where the row has none. */
export const readLabel = (
  row: Readonly<Record<string, unknown>>,
  name: string,
  label: Label | undefined,
): ReadLabel => {
  if (label === undefined) return { outcome: 'read', value: null }
  const rule = typeof label === 'string' ? { field: label } : label
  if (rule.field === undefined) return { outcome: 'read', value: rule.value ?? null }
  const found = readField(row, rule.field)
  const given = readScalar(found)
  if (given === undefined) {
    const problem = `expected text, a number or a boolean in field "${rule.field}" (${name}), got ${describeKind(found)}`
    return { outcome: 'bad', flaw: { problem, remedy: `map ${name} to a field that holds a plain value` } }
  }
  if (given === null) return { outcome: 'read', value: rule.default ?? null }
  if (rule.map === undefined) return { outcome: 'read', value: given }
  const mapped = Object.hasOwn(rule.map, given) ? rule.map[given] : rule.default
  if (mapped !== undefined) return { outcome: 'read', value: mapped }
  const problem = `expected field "${rule.field}" (${name}) to be in the map of the config, got ${JSON.stringify(given.slice(0, 80).toWellFormed())}`
  return {
    outcome: 'bad',
    flaw: { problem, remedy: `add the value to fields.${name}.map, or set fields.${name}.default` },
  }
}
