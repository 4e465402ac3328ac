import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parquetjsLiteWriter } from '../../pipeline/shards/parquetjs-lite-writer.ts'
import { readParquetRows, readShard } from '../../pipeline/shards/read-shard.ts'
import { oddColumns, oddRows } from './odd-rows.ts'
import { queryDuckdb } from './query-duckdb.ts'
import { collect, withTemporaryFolder } from './temporary-folder.ts'

test.each(['uncompressed', 'snappy', 'gzip', 'zstd', 'lz4_raw', 'brotli'])(
  'reads %s files of others',
  async (codec) => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, 'other.parquet')
      const source = `select i as n, 'text ' || i as t, [i, i + 1] as list from range(5000) r(i)`
      await queryDuckdb(`copy (${source}) to '${path}' (format parquet, codec '${codec}', row_group_size 2048)`)
      let expected = 0
      for await (const { rowNumber, value } of readParquetRows(path)) {
        expect(rowNumber).toBe(expected + 1)
        expect(value).toEqual({ n: expected, t: `text ${expected}`, list: [expected, expected + 1] })
        expected += 1
      }
      expect(expected).toBe(5000)
    })
  },
)

test('column types of others become plain JSON', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'types.parquet')
    await queryDuckdb(`copy (select
      9007199254740993::bigint as wide, 18446744073709551615::ubigint as widest, 7::tinyint as small, true as flag,
      timestamp '2024-02-03 04:05:06.789' as time, date '2024-02-03' as day, 1.25::decimal(9,2) as price,
      'NaN'::double as nan, 0.1::float as single, null::varchar as nothing, uuid '00112233-4455-6677-8899-aabbccddeeff' as uuid,
      {'role': 'user', 'parts': [{'text': 'Hi', 'n': 1::bigint}]} as nested, map {'k': 2} as map,
      'bytes'::blob as blob, '{"a": [1]}'::json as json) to '${path}' (format parquet)`)
    const [row] = await collect(readParquetRows(path))
    expect(row?.value).toEqual({
      wide: '9007199254740993',
      widest: '18446744073709551615',
      small: 7,
      flag: true,
      time: '2024-02-03T04:05:06.789Z',
      day: '2024-02-03T00:00:00.000Z',
      price: 1.25,
      nan: null,
      single: Math.fround(0.1),
      nothing: null,
      uuid: '00112233-4455-6677-8899-aabbccddeeff',
      nested: { role: 'user', parts: [{ text: 'Hi', n: 1 }] },
      map: { k: 2 },
      blob: 'bytes',
      json: { a: [1] },
    })
    await expect(collect(readShard(path))).rejects.toMatchObject({ code: 'shard_value' })
  })
})

test('a file cut anywhere, of another kind, or missing is a user error with its path', async () => {
  await withTemporaryFolder(async (folder) => {
    const whole = join(folder, 'whole.parquet')
    const { bytes } = await parquetjsLiteWriter.writeShard(whole, oddColumns, oddRows)
    const cut = join(folder, 'cut.parquet')
    for (const length of [0, 3, 11, 12, Math.floor(bytes / 2), bytes - 1]) {
      await writeFile(cut, await readFile(whole))
      await truncate(cut, length)
      await expect(collect(readShard(cut))).rejects.toMatchObject({ code: 'parquet_unreadable', where: cut })
      await expect(collect(readParquetRows(cut))).rejects.toMatchObject({ code: 'parquet_unreadable', where: cut })
    }
    await writeFile(cut, '{"prompt": "this is JSON Lines"}\n')
    await expect(collect(readParquetRows(cut))).rejects.toThrow('a file of another kind')
    await expect(collect(readParquetRows(folder))).rejects.toMatchObject({ code: 'parquet_missing' })
    await expect(collect(readParquetRows(join(folder, 'none')))).rejects.toMatchObject({ code: 'parquet_missing' })
  })
})

test('damaged pages and a lying footer length are user errors, not crashes', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'damaged.parquet')
    const { bytes } = await parquetjsLiteWriter.writeShard(path, oddColumns, oddRows)
    const whole = await readFile(path)
    await writeFile(path, Buffer.from(whole).fill(0xff, 4, 200))
    await expect(collect(readParquetRows(path))).rejects.toMatchObject({ code: 'parquet_unreadable' })
    const lying = Buffer.from(whole)
    lying.writeUInt32LE(bytes, bytes - 8)
    await writeFile(path, lying)
    await expect(collect(readParquetRows(path))).rejects.toMatchObject({ code: 'parquet_unreadable' })
  })
})
