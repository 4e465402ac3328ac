import { z } from 'zod'

const schemaNode = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
  default: z.json().optional(),
})

/** Labels are a form of their own, told in prose; evaluations have the keys of sources. */
const isToldElsewhere = (path: string): boolean =>
  /^sources\[\]\.fields\.(?:system|category|intent|family|language)\b./.test(path) ||
  /^(?:gates\.contamination\.)?evaluations\[\]/.test(path)

/**
 * Every key of a JSON Schema of configs as a dotted path, with its default as JSON. An object stands for its keys; a
 * list, and an object that may be null, stand for themselves too.
 */
export function listConfigKeys(schema: unknown): ReadonlyMap<string, string | undefined> {
  return new Map(listKeys(schema, '').filter(([path]) => !isToldElsewhere(path)))
}

type Key = readonly [path: string, fallback: string | undefined]

function listKeys(schema: unknown, path: string): readonly Key[] {
  const { properties, items, anyOf, additionalProperties, default: fallback } = schemaNode.parse(schema)
  const itself: Key = [path, fallback === undefined ? undefined : JSON.stringify(fallback)]
  const inObject = Object.entries(properties ?? {}).flatMap(([key, part]) =>
    listKeys(part, path === '' ? key : `${path}.${key}`),
  )
  if (inObject.length > 0) return inObject
  const inItems = listBelow(items, `${path}[]`)
  if (inItems.length > 0) return [itself, ...inItems]
  const inRecord = listBelow(additionalProperties, `${path}.<name>`)
  if (inRecord.length > 0) return inRecord
  return [itself, ...(anyOf ?? []).flatMap((part) => listBelow(part, path))]
}

/** The keys of an object schema; none for any other. */
function listBelow(schema: unknown, path: string): readonly Key[] {
  const parsed = schemaNode.safeParse(schema)
  return parsed.success && parsed.data.properties !== undefined ? listKeys(schema, path) : []
}
