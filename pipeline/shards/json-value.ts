export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }

export function toJsonObject(value: object): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]))
}

/** What a Parquet reader may give, as JSON: see `readParquetRows` for the rules. */
function toJson(value: unknown): JsonValue {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(toJson)
  // Lists of numbers may come as typed arrays.
  if (ArrayBuffer.isView(value)) return Object.values(value).map(toJson)
  if (typeof value === 'object') return toJsonObject(value)
  return null
}
