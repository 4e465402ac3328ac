/* One part of bench/parquet.ts, measured in its own process; prints a JSON line. */
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { ShardRow } from '../../pipeline/shards/shard-writer.ts'
import { openShardWriter } from '../../pipeline/shards/writers.ts'
import { makeShardRows, shardColumns } from './shard-rows.ts'

const [folder = '', countText = '', part = ''] = process.argv.slice(2)
const rows = makeShardRows(Number(countText))
const path = join(folder, `${part}.parquet`)

const startMs = performance.now()
const startCpu = process.cpuUsage()
if (part === 'rows') for (const row of rows) if (row['id'] === '') throw new Error('a row without an id')
if (part === 'parquetjs-lite' || part === 'hyparquet-writer') {
  const { writeShard } = await openShardWriter(part)
  await writeShard(path, shardColumns, rows)
}
if (part === 'bare') await writeBare([...rows])
if (part === 'duckdb') await copyWithDuckDb()
const { user, system } = process.cpuUsage(startCpu)
const measured = {
  wallS: (performance.now() - startMs) / 1000,
  cpuS: (user + system) / 1e6,
  peakRssMb: process.resourceUsage().maxRSS / 1024,
  bytes: part === 'rows' ? 0 : (await stat(path)).size,
}
process.stdout.write(`${JSON.stringify(measured)}\n`)
process.exit(0)

/** As its documentation writes a file: whole columns in memory, the schema guessed, here with the same compression. */
async function writeBare(all: readonly ShardRow[]): Promise<void> {
  const columnData = shardColumns.map(({ name, type }) => {
    const data = all.map((row) => row[name] ?? null)
    const isNested = type === 'messages' || type === 'strings'
    return { name, data, ...(isNested ? { type: 'JSON' as const } : {}) }
  })
  const codec = { codec: 'ZSTD' as const, compressors: { ZSTD: (input: Uint8Array) => zstdCompressSync(input) } }
  await writeFile(path, new Uint8Array(parquetWriteBuffer({ columnData, ...codec })))
}

async function copyWithDuckDb(): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const source = `read_json('${join(folder, 'rows.jsonl')}', format = 'newline_delimited')`
  await connection.run(`COPY (SELECT * FROM ${source}) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`)
}
