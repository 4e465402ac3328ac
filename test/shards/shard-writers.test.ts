import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readShard } from '../../pipeline/shards/read-shard.ts'
import type { ShardColumn, ShardRow } from '../../pipeline/shards/shard-writer.ts'
import { openShardWriter, writerNames } from '../../pipeline/shards/writers.ts'
import { asDuckdbJson, oddColumns, oddRows } from './odd-rows.ts'
import { queryDuckdb } from './query-duckdb.ts'
import { collect, withTemporaryFolder } from './temporary-folder.ts'

const textColumns: readonly ShardColumn[] = [
  { name: 'id', type: 'string', nullable: false },
  { name: 'text', type: 'string', nullable: false },
]

function makeRow(index: number): ShardRow {
  return { id: `row ${index}`, text: 'x'.repeat(index % 50) }
}

/** Every position differs, so that compression cannot hide a copy. */
function makeLongText(length: number): string {
  return Array.from({ length: length / 8 }, (_, index) => index.toString(36).padStart(8, '0')).join('')
}

async function* streamRows(): AsyncGenerator<ShardRow> {
  for (const row of oddRows) yield row
}

const writers = await Promise.all(writerNames.map(openShardWriter))

describe.each(writers)('$name', ({ name, writeShard }) => {
  test('gives odd rows back as they were, to hyparquet and to DuckDB', async () => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, 'odd.parquet')
      const { rows } = await writeShard(path, oddColumns, oddRows)
      expect(rows).toBe(oddRows.length)
      expect(await collect(readShard(path))).toEqual(oddRows)
      expect(await queryDuckdb(`select * from '${path}'`)).toEqual(oddRows.map(asDuckdbJson))
      const marked = await queryDuckdb(`select hex(note) as note from '${path}' where id = 'byte-order mark'`)
      expect(marked).toEqual([{ note: Buffer.from('\uFEFFfirst').toString('hex').toUpperCase() }])
    })
  })

  test('a filter in DuckDB finds every row, beyond the basic plane too', async () => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, 'filter.parquet')
      const texts = ['\u{1F600}', '\uE000', 'a', '\uFFFD', '\u{10FFFF}']
      await writeShard(
        path,
        textColumns,
        texts.map((text, index) => ({ id: String(index), text })),
      )
      for (const [index, text] of texts.entries()) {
        const found = await queryDuckdb(`select id from '${path}' where text = '${text}'`)
        expect(found).toEqual([{ id: String(index) }])
      }
    })
  })

  test('many rows over several row groups keep their order', async () => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, 'many.parquet')
      const count = 25_001
      await writeShard(
        path,
        textColumns,
        Array.from({ length: count }, (_, index) => makeRow(index)),
      )
      let index = 0
      for await (const row of readShard(path)) expect(row).toEqual(makeRow(index++))
      expect(index).toBe(count)
      const groups = await queryDuckdb(`select distinct row_group_id from parquet_metadata('${path}')`)
      expect(groups).toHaveLength(3)
    })
  })

  test('a missing message field is null, and -0 is 0', async () => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, 'fields.parquet')
      const columns: readonly ShardColumn[] = [
        { name: 'score', type: 'double', nullable: false },
        { name: 'messages', type: 'messages', nullable: false, fields: ['role', 'thinking'] },
      ]
      await writeShard(path, columns, [{ score: -0, messages: [{ role: 'user' }] }])
      expect(await collect(readShard(path))).toEqual([{ score: 0, messages: [{ role: 'user', thinking: null }] }])
    })
  })

  test('texts of 1 MB and 20 MB come back and do not blow the file up', async () => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, 'long.parquet')
      const rows = [makeLongText(1_000_000), makeLongText(20_000_000), 'short'].map((text, index) => ({
        id: String(index),
        text,
      }))
      const { bytes } = await writeShard(path, textColumns, rows)
      expect(bytes).toBeLessThan(21_000_000)
      const back = await collect(readShard(path))
      expect(back.every((row, index) => row['text'] === rows[index]?.text)).toBe(true)
      expect(await queryDuckdb(`select id, length(text)::int as n from '${path}'`)).toEqual(
        rows.map(({ id, text }) => ({ id, n: text.length })),
      )
    })
  })

  test('equal rows give equal bytes, from an array or a stream, over an old file too', async () => {
    await withTemporaryFolder(async (folder) => {
      const [first, second] = [join(folder, 'a.parquet'), join(folder, 'b.parquet')]
      await writeFile(second, 'old')
      await writeFile(`${second}.partial`, 'left by a killed run')
      const written = await writeShard(first, oddColumns, oddRows)
      expect(await writeShard(second, oddColumns, streamRows())).toEqual(written)
      expect(await readFile(second)).toEqual(await readFile(first))
      expect((await stat(first)).size).toBe(written.bytes)
      expect(await readdir(folder)).toEqual(['a.parquet', 'b.parquet'])
    })
  })

  test('the footer holds no key-value metadata and no statistics', async () => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, 'footer.parquet')
      await writeShard(path, oddColumns, oddRows)
      expect(await queryDuckdb(`select * from parquet_kv_metadata('${path}')`)).toEqual([])
      const chunks = await queryDuckdb(
        `select stats_min_value, stats_max_value, compression from parquet_metadata('${path}')`,
      )
      const compression = name === 'parquetjs-lite' ? 'GZIP' : 'ZSTD'
      expect(chunks.every((chunk) => chunk['stats_min_value'] === null && chunk['compression'] === compression)).toBe(
        true,
      )
    })
  })

  const [row] = oddRows
  test.each([
    ['a lone surrogate', { ...row, note: 'half \uD83D' }],
    ['a lone surrogate in a message', { ...row, messages: [{ role: 'user', content: '\uDE00' }] }],
    ['an unsafe integer', { ...row, count: 2 ** 53 }],
    ['a fraction for an integer', { ...row, count: 1.5 }],
    ['NaN', { ...row, score: Number.NaN }],
    ['Infinity', { ...row, score: Number.POSITIVE_INFINITY }],
    ['a number as text', { ...row, count: '12abc' }],
    ['a flag as text', { ...row, is_kept: 'false' }],
    ['null where it is required', { ...row, id: null }],
    ['an unknown column', { ...row, extra: 1 }],
    ['an unknown message field', { ...row, messages: [{ role: 'user', name: 'x' }] }],
    ['a missing column', { id: 'only' }],
  ])('%s is refused with the row, and leaves nothing', async (_claim, bad) => {
    await withTemporaryFolder(async (folder) => {
      const written = writeShard(join(folder, 'bad.parquet'), oddColumns, [...oddRows, { ...bad }])
      await expect(written).rejects.toMatchObject({
        code: 'shard_row',
        where: expect.stringContaining(`row ${oddRows.length + 1}`),
      })
      expect(await readdir(folder)).toEqual([])
    })
  })

  test('no rows are refused', async () => {
    await withTemporaryFolder(async (folder) => {
      await expect(writeShard(join(folder, 'none.parquet'), oddColumns, [])).rejects.toMatchObject({
        code: 'shard_empty',
      })
      expect(await readdir(folder)).toEqual([])
    })
  })

  test('columns with a bad or repeated name are refused', async () => {
    await withTemporaryFolder(async (folder) => {
      const id = { name: 'id', type: 'string', nullable: false } as const
      for (const columns of [[], [{ ...id, name: 'a.b' }], [{ ...id, name: '__proto__' }], [id, id]]) {
        const written = writeShard(join(folder, 'x.parquet'), columns, [{ id: 'x' }])
        await expect(written).rejects.toMatchObject({ code: 'shard_column' })
      }
      expect(await readdir(folder)).toEqual([])
    })
  })

  test('an error of the row source passes unchanged and leaves nothing', async () => {
    await withTemporaryFolder(async (folder) => {
      const stop = new Error('stopped')
      function* rows(): Generator<ShardRow> {
        yield* oddRows
        throw stop
      }
      await expect(writeShard(join(folder, 'x.parquet'), oddColumns, rows())).rejects.toBe(stop)
      expect(await readdir(folder)).toEqual([])
    })
  })
})
