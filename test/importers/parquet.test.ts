import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hyparquetZstdWriter } from '../../pipeline/shards/hyparquet-zstd-writer.ts'
import { collectFile } from '../stages/collect-rows.ts'
import { makeInputFolder, readFailure } from './input-folder.ts'

const writeConversations = async (): Promise<string> => {
  const folder = await makeInputFolder({})
  const rows = ['a', 'b', 'c'].map((text) => ({ messages: [{ role: 'user', content: text }], topic: `t-${text}` }))
  await hyparquetZstdWriter.writeShard(
    join(folder, 'x.parquet'),
    [
      { name: 'messages', type: 'messages', nullable: false, fields: ['role', 'content'] },
      { name: 'topic', type: 'string', nullable: false },
    ],
    rows,
  )
  return folder
}

test('conversations in Parquet become prompts located by row', async () => {
  const { prompts } = await collectFile(await writeConversations(), 'x.parquet', {
    messages: 'messages',
    category: 'topic',
  })
  expect(prompts.map(({ location, category, messages }) => [location, category, messages])).toEqual([
    ['x.parquet#1', 't-a', [{ role: 'user', content: 'a' }]],
    ['x.parquet#2', 't-b', [{ role: 'user', content: 'b' }]],
    ['x.parquet#3', 't-c', [{ role: 'user', content: 'c' }]],
  ])
})

test('a truncated Parquet file is an error, not a short file', async () => {
  const whole = await readFile(join(await writeConversations(), 'x.parquet'))
  const failure = await readFailure({ 'x.parquet': whole.subarray(0, whole.length - 20) })
  expect(failure.text).toContain('truncated')
})
