import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openSpool } from '../../pipeline/spool/spool.ts'

test('a scratch file is written without a journal, which nobody would roll back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spool-'))
  const spool = openSpool(join(folder, 'spool.db'))
  onTestFinished(async () => {
    spool.close()
    await rm(folder, { recursive: true })
  })
  const table = spool.table<number>('numbers')
  for (let n = 0; n < 2000; n += 1) table.append(String(n % 7), n)
  expect(await readdir(folder)).toEqual(['spool.db'])
})

test('rows come back in order of their keys, equal keys in order of their text', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spool-'))
  const spool = openSpool(join(folder, 'spool.db'))
  onTestFinished(async () => {
    spool.close()
    await rm(folder, { recursive: true })
  })
  const table = spool.table<string>('words')
  for (const [key, row] of [
    ['b', 'y'],
    ['a', 'z'],
    ['b', 'x'],
  ] as const) {
    table.append(key, row)
  }
  expect([...table.read()]).toEqual(['z', 'x', 'y'])
  expect([...table.read({ prefix: 'b' })]).toEqual(['x', 'y'])
  expect(table.count('b')).toBe(2)
  expect(table.get('b')).toBe('x')
})
