import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readArrowFile, writeArrowFile } from '../../pipeline/shards/arrow-file.ts'
import { readShard } from '../../pipeline/shards/read-shard.ts'
import { openShardWriter, writerNames } from '../../pipeline/shards/writers.ts'
import { oddColumns } from './odd-rows.ts'
import { collect, withTemporaryFolder } from './temporary-folder.ts'

// A leading byte-order mark is a case of its own: Arrow's reader drops it.
const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => !value.startsWith('\uFEFF'))
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value))
const orNull = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { nil: null })
const list = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(values, { maxLength: 12 })

const rowArbitrary = fc.record({
  id: text,
  note: orNull(text),
  count: orNull(fc.maxSafeInteger()),
  score: orNull(double),
  is_kept: orNull(fc.boolean()),
  tags: list(text),
  clauses: orNull(list(text)),
  messages: list(fc.record({ role: orNull(text), content: orNull(text), thinking: orNull(text) })),
  context: orNull(list(fc.record({ role: orNull(text), content: orNull(text) }))),
})
// 700 rows are three pages of the parquetjs-lite writer: runs of nulls cross a page's end.
const rowsArbitrary = fc
  .tuple(fc.array(rowArbitrary, { minLength: 1, maxLength: 30 }), fc.constantFrom(1, 1, 25))
  .map(([rows, times]) => Array.from({ length: times }, () => rows).flat())

describe.each(writerNames)('%s', (name) => {
  test('any checked rows come back as they went in', async () => {
    const { writeShard } = await openShardWriter(name)
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, 'any.parquet')
      await fc.assert(
        fc.asyncProperty(rowsArbitrary, async (rows) => {
          await writeShard(path, oddColumns, rows)
          expect(await collect(readShard(path))).toEqual(rows)
        }),
        { numRuns: 60 },
      )
    })
  })
})

test('Arrow: any checked rows come back as they went in', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'any.arrow')
    await fc.assert(
      fc.asyncProperty(rowsArbitrary, async (rows) => {
        await writeArrowFile(path, oddColumns, rows)
        expect(await collect(readArrowFile(path))).toEqual(rows)
      }),
      { numRuns: 60 },
    )
  })
})
