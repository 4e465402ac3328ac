import canonicalize from 'canonicalize'

/** JSON text with sorted keys: equal records give equal bytes, whatever order their keys were made in. */
export function renderCanonicalJson(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError(`expected a JSON value, got ${typeof value}`)
  return text
}
