import { expect, test } from 'vitest'
import { z } from 'zod'
import { promptSourceSchema, promptSourcesSchema } from '../../pipeline/importers/source-config.ts'

const source = { name: 'seeds', path: 'a.jsonl', fields: { prompt: 'text' } }
const complain = (value: unknown): string => {
  const parsed = promptSourceSchema.safeParse(value)
  return parsed.success ? 'accepted' : z.prettifyError(parsed.error)
}

test('the smallest source stops at bad rows and goes by the extension', () => {
  expect(promptSourceSchema.parse(source)).toEqual({ ...source, format: 'auto', onBadRow: 'stop' })
})
test.each([
  ['an unknown key', { ...source, formatt: 'csv' }, 'formatt'],
  ['a name that is not kebab-case', { ...source, name: 'My Seeds' }, 'kebab-case'],
  ['an empty list of paths', { ...source, path: [] }, 'path'],
  ['no way to the prompt', { ...source, fields: {} }, 'exactly one of'],
  ['two ways to the prompt', { ...source, fields: { prompt: 'a', messages: 'b' } }, 'exactly one of'],
  [
    'a label with field and value',
    { ...source, fields: { prompt: 'a', category: { field: 'b', value: 'c' } } },
    'either',
  ],
  ['a label with a typo', { ...source, fields: { prompt: 'a', category: { feild: 'b' } } }, '"feild"'],
  ['a map over a constant', { ...source, fields: { prompt: 'a', intent: { value: 'benign', map: {} } } }, '"map"'],
  ['an unknown intent', { ...source, fields: { expand: [{ prompt: 'a', intent: 'bad' }] } }, 'intent'],
  ['a limit of zero', { ...source, limit: 0 }, 'limit'],
])('%s is refused with a message that helps', (_claim, value, text) => {
  expect(complain(value)).toContain(text)
})
test('two sources of one name are refused, because their families would collide', () => {
  expect(promptSourcesSchema.safeParse([source, source]).success).toBe(false)
})
