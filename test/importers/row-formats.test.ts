import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAll, readFailure, summarise } from './input-folder.ts'

describe('JSONL', () => {
  test('a line that does not parse is a problem row with its line, and the rows around it stand', async () => {
    const rows = await readAll({ 'x.jsonl': '{"a":1}\r\n\r\n{"a":\n{"a":3}' })
    expect(summarise(rows)).toEqual([
      ['x.jsonl:1', { a: 1 }],
      ['x.jsonl:3', { problem: expect.stringContaining('expected a JSON value') }],
      ['x.jsonl:4', { a: 3 }],
    ])
    expect(rows[1]?.raw).toBe('{"a":')
  })
  test('half of a surrogate pair is a problem row that names the field; a whole pair is text', async () => {
    const rows = await readAll({ 'x.jsonl': '{"a":"\\ud83d\\ude00"}\n{"a":{"b":["x","\\ud83d"]}}\n{"\\uDE00":1}\n' })
    expect(summarise(rows)).toEqual([
      ['x.jsonl:1', { a: '\u{1f600}' }],
      ['x.jsonl:2', { problem: expect.stringContaining('field "a.b.1"') }],
      ['x.jsonl:3', { problem: expect.stringContaining('lone surrogate') }],
    ])
  })
})

describe('JSON array', () => {
  test('rows are numbered, and know the line they start on', async () => {
    const rows = await readAll({ 'x.json': '[\n  {"a": "],}\\"\\\\"},\n\n  {"b":\n [1, {"c": 2}]}, 3\n]\n' })
    expect(rows.map(({ location, line }) => [location, line])).toEqual([
      ['x.json#1', 2],
      ['x.json#2', 4],
      ['x.json#3', 5],
    ])
    expect(summarise(rows).map((row) => row)).toMatchObject([
      ['x.json#1', { a: '],}"\\' }],
      ['x.json#2', { b: [1, { c: 2 }] }],
      ['x.json#3', 3],
    ])
  })
  test('a lone surrogate is a problem row', async () => {
    const rows = await readAll({ 'x.json': '["a",\n"\\udc00",\n"c"]' })
    expect(rows.map((row) => ['problem' in row, row.location, row.line])).toEqual([
      [false, 'x.json#1', 1],
      [true, 'x.json#2', 2],
      [false, 'x.json#3', 3],
    ])
  })
  test.each([
    ['[1,\n2,\n{"a" 3}]', 'x.json:3', 'row 3'],
    ['[1,\n23', 'x.json:2', 'before the closing ]'],
    ['[1,\n{"a": [2}', 'x.json:2', 'before the closing ]'],
    ['[1,\n]', 'x.json:2', 'row 2'],
    ['[1,,2]', 'x.json:1', 'row 2'],
    ['[', 'x.json:1', 'before the closing ]'],
    ['[1]\n[2]', 'x.json:2', 'after the closing ]'],
    ['{"a":1}\n{"a":2}', 'x.json:1', 'format: jsonl'],
  ])('%j is malformed at %s', async (content, where, text) => {
    const failure = await readFailure({ 'x.json': content })
    expect(failure).toMatchObject({ code: 'malformed_json', where })
    expect(failure.text).toContain(text)
  })
  test('any array comes back as JSON.parse gives it, however it is laid out', async () => {
    const indents = fc.constantFrom(0, 1, '\t')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { minLength: 1 }), indents, async (values, indent) => {
        const rows = await readAll({ 'x.json': JSON.stringify(values, null, indent) })
        const read = rows.map((row) => ('value' in row ? row.value : row.problem))
        expect(read).toEqual(JSON.parse(JSON.stringify(values)))
      }),
      { numRuns: 60 },
    )
  })
})

describe('CSV', () => {
  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ])('quoted newlines and blank lines leave the line numbers right (%s)', async (_name, newline) => {
    const lines = ['id,prompt', '1,"one', '', 'two"', '', '2,three', '3,"a ""quoted"", word"', '4,last']
    const rows = await readAll({ 'x.csv': lines.join(newline) })
    expect(summarise(rows)).toEqual([
      ['x.csv:2', { id: '1', prompt: `one${newline}${newline}two` }],
      ['x.csv:6', { id: '2', prompt: 'three' }],
      ['x.csv:7', { id: '3', prompt: 'a "quoted", word' }],
      ['x.csv:8', { id: '4', prompt: 'last' }],
    ])
  })
  test('a row of another length than the header is a problem row', async () => {
    expect(summarise(await readAll({ 'x.csv': 'a,b\n1\n1,2,3\n1,2\n' }))).toEqual([
      ['x.csv:2', { problem: 'expected 2 cells as in the header, got 1' }],
      ['x.csv:3', { problem: 'expected 2 cells as in the header, got 3' }],
      ['x.csv:4', { a: '1', b: '2' }],
    ])
  })
  test.each([
    ['a,b\n1,x\n2,"open\nmore\n', 'x.csv:3'],
    ['a,b\n1,"x\ny"\n2,"op"en\n', 'x.csv:4'],
    ['a,b\n1,x\n2,op"en\n', 'x.csv:3'],
    ['a,a\n1,2\n', 'x.csv:1'],
    ['a,\n1,2\n', 'x.csv:1'],
  ])('%j is malformed at %s', async (content, where) => {
    expect(await readFailure({ 'x.csv': content })).toMatchObject({ code: 'malformed_csv', where })
  })
  test('any cells come back, and each row starts on the line it says', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\n', '\r\n', 'é'), maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }), async (pairs) => {
        const quoted = pairs.map((pair) => pair.map((text) => `"${text.replaceAll('"', '""')}"`).join(','))
        const rows = await readAll({ 'x.csv': ['p,q', ...quoted].join('\r\n') })
        expect(rows.map((row) => ('value' in row ? row.value : row.problem))).toEqual(pairs.map(([p, q]) => ({ p, q })))
        let line = 2
        for (const [index, row] of rows.entries()) {
          expect(row.line).toBe(line)
          line += 1 + (quoted[index]?.split('\n').length ?? 1) - 1
        }
      }),
      { numRuns: 60 },
    )
  })
})
