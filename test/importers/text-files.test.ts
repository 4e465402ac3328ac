import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { makeInputFolder, readAll, readFailure, summarise } from './input-folder.ts'
import { readRows } from '../../pipeline/importers/read-rows.ts'

const bytes = (...parts: readonly (string | number)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))))

describe('bytes to text', () => {
  test('a gzipped file reads like the plain one, with or without the name .gz', async () => {
    const packed = gzipSync('{"a":1}\n{"a":2}\n')
    expect(summarise(await readAll({ 'x.jsonl.gz': packed }))).toEqual([
      ['x.jsonl.gz:1', { a: 1 }],
      ['x.jsonl.gz:2', { a: 2 }],
    ])
    expect(summarise(await readAll({ 'x.jsonl': packed }))).toHaveLength(2)
  })
  test('a byte order mark is not part of the first row, plain or gzipped', async () => {
    const marked = bytes(0xef, 0xbb, 0xbf, 'id,prompt\n1,hi\n')
    expect(summarise(await readAll({ 'x.csv': marked, 'y.csv.gz': gzipSync(marked) }))).toEqual([
      ['x.csv:2', { id: '1', prompt: 'hi' }],
      ['y.csv.gz:2', { id: '1', prompt: 'hi' }],
    ])
  })
  test('characters and lines that straddle chunks come through whole', async () => {
    const text = '\u{1f600}é漢'.repeat(40_000)
    const rows = await readAll({ 'x.jsonl': `"${text}"\n"b"\n"${text}"` })
    expect(summarise(rows)).toEqual([
      ['x.jsonl:1', text],
      ['x.jsonl:2', 'b'],
      ['x.jsonl:3', text],
    ])
  })
  test.each(['x.jsonl', 'x.csv', 'x.json'])('%s: a byte that is not UTF-8 names its line', async (name) => {
    const failure = await readFailure({ [name]: bytes('["a"]\n["b"]\n["', 0xe9, '"]\n["c"]\n') })
    expect(failure).toMatchObject({ code: 'wrong_encoding', where: `${name}:3` })
  })
  test('the line of a bad byte is right far into a file', async () => {
    const failure = await readFailure({ 'x.jsonl': bytes('{"a":1}\n'.repeat(50_000), '"', 0xff, '"\n') })
    expect(failure.where).toBe('x.jsonl:50001')
  })
  test('a file cut off within a character is not read as if whole', async () => {
    const failure = await readFailure({ 'x.jsonl': bytes('"a"\n"', 0xe6, 0xbc) })
    expect(failure).toMatchObject({ code: 'wrong_encoding', where: 'x.jsonl:2' })
  })
  test.each([
    ['UTF-16LE', bytes(0xff, 0xfe, '[', 0)],
    ['UTF-16BE', bytes(0xfe, 0xff, 0, '[')],
    ['UTF-32 (little endian)', bytes(0xff, 0xfe, 0, 0, '[', 0, 0, 0)],
    ['UTF-16LE without a byte order mark', bytes('[', 0, ']', 0)],
  ])('%s is refused by its name', async (name, content) => {
    const failure = await readFailure({ 'x.json': content })
    expect(failure.code).toBe('wrong_encoding')
    expect(failure.text).toContain(name)
  })
})

describe('files that hold no rows', () => {
  test.each([
    ['x.jsonl', ''],
    ['x.jsonl', '\n\n'],
    ['x.csv', 'id,prompt\n'],
    ['x.json', ' [ ] '],
    ['x.json', ' \n'],
    ['x.jsonl.gz', gzipSync('')],
  ])('%s with %j is an error', async (name, content) => {
    expect(await readFailure({ [name]: content })).toMatchObject({ code: 'empty_file', where: name })
  })
  test('a Git-LFS pointer tells to run git lfs pull, whatever its name', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:8be3\nsize 875191\n'
    for (const name of ['x.jsonl.gz', 'x.parquet', 'x.csv']) {
      const failure = await readFailure({ [name]: pointer })
      expect(failure).toMatchObject({ code: 'lfs_pointer', where: name })
      expect(failure.text).toContain('git lfs pull')
    }
  })
  test('a name in .gz over plain text is an error', async () => {
    expect(await readFailure({ 'x.jsonl.gz': '{"a":1}\n' })).toMatchObject({ code: 'not_gzip' })
  })
  test('truncated and damaged gzip are errors, not short files', async () => {
    const packed = gzipSync(Array.from({ length: 5_000 }, (_, row) => `{"a":${row}}\n`).join(''))
    expect((await readFailure({ 'x.jsonl.gz': packed.subarray(0, packed.length / 2) })).text).toContain(
      'ends too early',
    )
    const damaged = Buffer.from(packed)
    damaged.fill(0xaa, 1000, 1200)
    expect(await readFailure({ 'x.jsonl.gz': damaged })).toMatchObject({ code: 'damaged_gzip', where: 'x.jsonl.gz' })
  })
  test.each([
    ['Zstandard', bytes(0x28, 0xb5, 0x2f, 0xfd, 'x')],
    ['zip', bytes('PK', 3, 4)],
  ])('%s data is refused by its name', async (name, content) => {
    expect((await readFailure({ 'x.jsonl': content })).text).toContain(name)
  })
  test('Parquet given as text, and text given as Parquet, say so', async () => {
    expect((await readFailure({ 'x.jsonl': 'PAR1....' })).text).toContain('format: parquet')
    expect((await readFailure({ 'x.parquet': '{"a":1}\n' })).text).toContain('expected a Parquet file')
  })
})

describe('which files', () => {
  test('a pattern gives its files sorted, a list keeps its order, and no file is read twice', async () => {
    const files = { 'b.jsonl': '"b"', 'a.jsonl': '"a"', 'c.json': '["c"]' }
    expect(summarise(await readAll(files, { path: ['c.json', '*.jsonl', 'a.jsonl'] }))).toEqual([
      ['c.json#1', 'c'],
      ['a.jsonl:1', 'a'],
      ['b.jsonl:1', 'b'],
    ])
  })
  test('a file whose own name looks like a pattern is read', async () => {
    expect(summarise(await readAll({ '[x].jsonl': '1' }))).toEqual([['[x].jsonl:1', 1]])
  })
  test.each(['missing.jsonl', '*.parquet', '.'])('%s, which names no file, is an error', async (path) => {
    const failure = await readFailure({ 'a.jsonl': '1' }, { path })
    expect(failure.code).toBe('no_input_file')
    expect(failure.text).toContain(`"${path}"`)
  })
  test('an extension that tells no format asks for one', async () => {
    expect(await readFailure({ 'x.txt': 'a' })).toMatchObject({ code: 'unknown_format', where: 'x.txt' })
    expect(summarise(await readAll({ 'x.txt': '{"a":1}' }, { format: 'jsonl' }))).toHaveLength(1)
  })
  test('the limit counts rows over all files of a source', async () => {
    const rows = await readAll({ 'a.jsonl': '1\n2\n', 'b.jsonl': '3\n4\n' }, { limit: 3 })
    expect(summarise(rows).map((row) => row)).toEqual([
      ['a.jsonl:1', 1],
      ['a.jsonl:2', 2],
      ['b.jsonl:1', 3],
    ])
  })
  test('an abort ends the read', async () => {
    const baseDirectory = await makeInputFolder({ 'a.jsonl': '1\n'.repeat(1_000_000) })
    const controller = new AbortController()
    const rows = readRows({ path: 'a.jsonl', format: 'auto' }, { baseDirectory, signal: controller.signal })
    await rows.next()
    controller.abort()
    await expect(Array.fromAsync(rows)).rejects.toThrow('abort')
  })
})
