import { describe, expect, test } from 'vitest'
import { readSources } from '../../pipeline/importers/read-rows.ts'
import { promptSourceSchema } from '../../pipeline/importers/source-config.ts'
import { makeInputFolder } from '../importers/input-folder.ts'
import { collectRows, collectValues } from './collect-rows.ts'

const turns = (...roles: readonly string[]) => ({ m: roles.map((role) => ({ role, content: `a ${role} turn` })) })

const labelOf = async (value: unknown, rule: { readonly map?: Record<string, string>; readonly default?: string }) => {
  const { prompts, rejections } = await collectValues([{ q: 'a', c: value }], {
    prompt: 'q',
    category: { field: 'c', ...rule },
  })
  return prompts[0]?.category ?? rejections[0]?.detail ?? null
}

describe('a row that is no prompt', () => {
  test.each([
    ['a missing field', {}, 'expected text in field "m"'],
    ['roles that do not alternate', turns('user', 'user'), 'expected turn 2 to be from the assistant, got user'],
    ['an assistant who opens', turns('system', 'assistant', 'user'), 'expected turn 2 to be from the user'],
    ['a system turn in the middle', turns('user', 'system', 'user'), 'expected turn 2 to be from the assistant'],
    ['an assistant who has the last word', turns('user', 'assistant'), 'expected the last turn to be from the user'],
    ['no turns', { m: [] }, 'expected at least one user turn'],
    ['a system turn alone', turns('system'), 'expected at least one user turn'],
    ['an unknown role', turns('tool'), 'one of the roles'],
    ['a role that is an object key', turns('constructor'), 'one of the roles'],
    ['blank content', { m: [{ role: 'user', content: ' \n' }] }, 'expected text in turn 1, got none'],
    ['content in parts', { m: [{ role: 'user', content: [{ type: 'text' }] }] }, 'to hold text, got a list'],
    ['a turn that is no object', { m: ['hi'] }, 'expected turn 1 to be an object, got a string'],
    ['text where a list belongs', { m: 'hi' }, 'expected a list of turns in field "m", got a string'],
    ['a list', [turns('user')], 'expected an object with the mapped fields, got a list'],
    ['null', null, 'expected an object with the mapped fields, got null'],
  ])('%s is rejected with its place and its text', async (_claim, value, problem) => {
    const fields = problem.includes('text in field') ? { prompt: 'm' } : { messages: 'm' }
    const { prompts, rejections } = await collectValues([turns('user'), value], fields)
    expect(prompts.length + rejections.length).toBe(2)
    expect(rejections.at(-1)).toMatchObject({
      stage: 'collect',
      code: 'bad_row',
      source: 'test',
      location: 'x.jsonl:2',
      detail: expect.stringContaining(problem),
      evidence: [JSON.stringify(value)],
    })
  })
  test('the size cap counts all turns', async () => {
    const value = {
      m: [
        { role: 'system', content: 'abc' },
        { role: 'user', content: 'defg' },
      ],
    }
    const fits = await collectValues([value], { messages: 'm' }, {}, { maxCharacters: 7 })
    const over = await collectValues([value], { messages: 'm' }, {}, { maxCharacters: 6 })
    expect([fits.prompts.length, over.prompts.length]).toEqual([1, 0])
    expect(over.rejections[0]?.detail).toContain('at most 6 characters in a conversation, got 7')
  })
  test('its evidence is cut to 2,000 characters, never within one', async () => {
    const { rejections } = await collectValues([`${'x'.repeat(1998)}\u{1f600}`], { prompt: 'q' })
    expect(rejections[0]?.evidence[0]).toBe(`"${'x'.repeat(1998)}`)
  })
})

describe('labels', () => {
  test('without a map the value is kept as given', async () => {
    expect(await labelOf('Cyber Crime', {})).toBe('Cyber Crime')
  })
  test.each([null, undefined, '', ' '])('an absent label (%j) is null, or the default', async (value) => {
    expect(await labelOf(value, { map: { a: 'b' } })).toBeNull()
    expect(await labelOf(value, { map: { a: 'b' }, default: 'd' })).toBe('d')
  })
  test('a value that the map lacks is a bad row unless there is a default', async () => {
    expect(await labelOf('x', { map: { a: 'b' } })).toContain('to be in the map of the config, got "x"')
    expect(await labelOf('toString', { map: { a: 'b' } })).toContain('got "toString"')
    expect(await labelOf('x', { map: { a: 'b' }, default: 'd' })).toBe('d')
    expect(await labelOf('a', { map: { a: 'b' }, default: 'd' })).toBe('b')
  })
  test('a label that is no plain value is a bad row', async () => {
    expect(await labelOf(['x'], {})).toContain('got a list')
  })
  test('an intent outside the vocabulary is a bad row', async () => {
    const { rejections } = await collectValues([{ q: 'a', i: 'dual-use' }], { prompt: 'q', intent: 'i' })
    expect(rejections[0]?.detail).toContain('expected an intent of benign, dual_use, malicious')
  })
  test('dots lead into nested values, but a key that holds the dots comes first', async () => {
    const rows = [{ 'a.b': 'key' }, { a: { b: 'nested' } }]
    const { prompts } = await collectValues(rows, { prompt: 'a.b' })
    expect(prompts.map(({ messages }) => messages[0]?.content)).toEqual(['key', 'nested'])
  })
  test('ShareGPT turns, and a system text from another field, become one conversation', async () => {
    const row = {
      c: [
        { from: 'human', value: 'a' },
        { from: 'gpt', value: 'b' },
        { from: 'human', value: 'c' },
      ],
      s: 'be kind',
    }
    const { prompts } = await collectValues([row], { messages: 'c', system: 's' })
    expect(prompts[0]?.messages.map(({ role, content }) => [role, content])).toEqual([
      ['system', 'be kind'],
      ['user', 'a'],
      ['assistant', 'b'],
      ['user', 'c'],
    ])
  })
})

describe('the policy for bad rows', () => {
  const files = { 'x.jsonl': '{"q":"a"}\n\n{"q":\n{"q":"b"}\n{"q":""}\n', 'x.json': '[\n{"q":"a"},\n\n{"q":7}]' }
  const collectPath = async (path: 'x.jsonl' | 'x.json', onBadRow: 'stop' | 'reject') => {
    const source = promptSourceSchema.parse({ name: 'mine', path, fields: { prompt: 'q' }, onBadRow })
    return collectRows(readSources([source], { baseDirectory: await makeInputFolder(files) }))
  }
  test('stop names the file, the line and the way out at the first bad row', async () => {
    await expect(collectPath('x.jsonl', 'stop')).rejects.toMatchObject({
      name: 'UserError',
      code: 'bad_row',
      where: 'x.jsonl:3, source mine',
      remedy: expect.stringContaining('onBadRow: reject'),
    })
  })
  test('stop names the line within a JSON array too', async () => {
    await expect(collectPath('x.json', 'stop')).rejects.toMatchObject({ where: 'x.json#2 (line 4), source mine' })
  })
  test('reject goes on and accounts for every row', async () => {
    const { prompts, rejections } = await collectPath('x.jsonl', 'reject')
    expect(prompts.map(({ location }) => location)).toEqual(['x.jsonl:1', 'x.jsonl:4'])
    expect(rejections.map(({ location, evidence }) => [location, ...evidence])).toEqual([
      ['x.jsonl:3', '{"q":'],
      ['x.jsonl:5', '{"q":""}'],
    ])
  })
})
