import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RecordBatchReader } from 'apache-arrow'
import { expect, test } from 'vitest'
import { readArrowFile, writeArrowFile } from '../../pipeline/shards/arrow-file.ts'
import type { ShardColumn } from '../../pipeline/shards/shard-writer.ts'
import { oddColumns, oddRows } from './odd-rows.ts'
import { collect, withTemporaryFolder } from './temporary-folder.ts'

const columns: readonly ShardColumn[] = [{ name: 'text', type: 'string', nullable: false }]

async function batchSizes(path: string): Promise<number[]> {
  return [...RecordBatchReader.from(await readFile(path))].map((batch) => batch.numRows)
}

test('odd rows come back but for a leading byte-order mark, and equal rows give equal bytes', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'odd.arrow')
    const written = await writeArrowFile(path, oddColumns, oddRows)
    const expected = oddRows.map((row) =>
      row['id'] === 'byte-order mark' ? { ...row, note: 'first', tags: [''] } : row,
    )
    expect(await collect(readArrowFile(path))).toEqual(expected)
    expect(await writeArrowFile(join(folder, 'again.arrow'), oddColumns, oddRows)).toEqual(written)
  })
})

test('a batch holds at most 2,000 rows and 32 MB', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'batches.arrow')
    await writeArrowFile(
      path,
      columns,
      Array.from({ length: 4_500 }, (_, index) => ({ text: String(index) })),
    )
    expect(await batchSizes(path)).toEqual([2_000, 2_000, 500])
    const back = await collect(readArrowFile(path))
    expect(back.every((row, index) => row['text'] === String(index))).toBe(true)
    await writeArrowFile(
      path,
      columns,
      Array.from({ length: 10 }, () => ({ text: 'x'.repeat(10 * 1024 ** 2) })),
    )
    expect(await batchSizes(path)).toEqual([3, 3, 3, 1])
  })
})

test('a file without rows is whole', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'none.arrow')
    expect(await writeArrowFile(path, oddColumns, [])).toMatchObject({ rows: 0 })
    expect(await collect(readArrowFile(path))).toEqual([])
  })
})

test('a bad row leaves nothing, and a truncated file is a user error', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'x.arrow')
    await expect(writeArrowFile(path, columns, [{ text: '\uD800' }])).rejects.toMatchObject({ code: 'shard_row' })
    expect(await readdir(folder)).toEqual([])
    await writeArrowFile(path, columns, [{ text: 'a' }])
    await writeFile(path, (await readFile(path)).subarray(0, -1))
    await expect(collect(readArrowFile(path))).rejects.toMatchObject({ code: 'arrow_unreadable' })
  })
})
