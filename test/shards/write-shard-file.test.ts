import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parquetjsLiteWriter } from '../../pipeline/shards/parquetjs-lite-writer.ts'
import type { ShardColumn } from '../../pipeline/shards/shard-writer.ts'
import { writeJsonLines } from '../../pipeline/shards/write-json-lines.ts'
import { writeShardFile, type ShardEncoder } from '../../pipeline/shards/write-shard-file.ts'
import { withTemporaryFolder } from './temporary-folder.ts'

const columns: readonly ShardColumn[] = [{ name: 'id', type: 'string', nullable: false }]
const rows = [{ id: 'a' }, { id: 'b' }]

/** An encoder that gives the bytes of a whole file of other rows. */
async function lyingEncoder(folder: string, ids: readonly string[]): Promise<ShardEncoder> {
  const path = join(folder, 'other.parquet')
  await parquetjsLiteWriter.writeShard(
    path,
    columns,
    ids.map((id) => ({ id })),
  )
  return { encodeGroup: async () => [await readFile(path)], finish: async () => [] }
}

test.each([
  ['changed', ['a', 'B']],
  ['dropped', ['a']],
  ['doubled', ['a', 'b', 'b']],
  ['swapped', ['b', 'a']],
])('a row that the library %s is found on read-back, and the file is gone', async (_claim, ids) => {
  await withTemporaryFolder(async (folder) => {
    const target = join(folder, 'out')
    await mkdir(target)
    const encoder = await lyingEncoder(folder, ids)
    const written = writeShardFile(join(target, 'x.parquet'), columns, rows, async () => encoder)
    await expect(written).rejects.toMatchObject({ code: 'shard_read_back' })
    expect(await readdir(target)).toEqual([])
  })
})

async function throwText(): Promise<never> {
  // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- parquetjs-lite does so
  throw 'invalid value'
}

test('a thrown string arrives as an error with a code, and leaves nothing', async () => {
  await withTemporaryFolder(async (folder) => {
    const written = writeShardFile(join(folder, 'x.parquet'), columns, rows, async () => ({
      encodeGroup: throwText,
      finish: throwText,
    }))
    await expect(written).rejects.toMatchObject({
      code: 'shard_encode',
      message: expect.stringContaining('invalid value'),
    })
    expect(await readdir(folder)).toEqual([])
  })
})

test('a folder that is missing, or a name that is taken by a folder, is a user error and leaves nothing', async () => {
  await withTemporaryFolder(async (folder) => {
    const missing = parquetjsLiteWriter.writeShard(join(folder, 'missing', 'x.parquet'), columns, rows)
    await expect(missing).rejects.toMatchObject({ code: 'file_write' })
    const taken = join(folder, 'taken')
    await mkdir(join(taken, 'inside'), { recursive: true })
    await expect(parquetjsLiteWriter.writeShard(taken, columns, rows)).rejects.toMatchObject({ code: 'file_write' })
    expect(await readdir(folder)).toEqual(['taken'])
  })
})

test('JSON lines are written whole or not at all', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'x.jsonl')
    const written = await writeJsonLines(path, ['{"a":1}', '{"a":"é"}'])
    expect(await readFile(path, 'utf8')).toBe('{"a":1}\n{"a":"é"}\n')
    expect(written).toMatchObject({ rows: 2, bytes: 19 })
    await expect(writeJsonLines(join(folder, 'y.jsonl'), [])).rejects.toMatchObject({ code: 'shard_empty' })
    await expect(writeJsonLines(join(folder, 'y.jsonl'), ['a\nb'])).rejects.toMatchObject({ code: 'shard_row' })
    await expect(writeJsonLines(join(folder, 'y.jsonl'), ['\uD800'])).rejects.toMatchObject({ code: 'shard_row' })
    expect(await readdir(folder)).toEqual(['x.jsonl'])
  })
})
