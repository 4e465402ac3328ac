/*
 * Training shards by each writer, from the same rows, in one run:
 *
 *   npx node bench/parquet.ts [--rows 50000]
 *
 * Ours check each row, digest it, sync the file and read it back; the bare library and DuckDB only write. DuckDB copies from
 * JSON lines that are there already, and uses all cores. Making the rows is a part of its own, whose CPU is taken off the
 * others'. Each part is a process of its own.
 */
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { makeShardRows } from './support/shard-rows.ts'
import { runPart } from './support/run-part.ts'

const { values } = parseArgs({ options: { rows: { type: 'string', default: '50000' } } })
const count = Number(values.rows)
const folder = await mkdtemp(join(tmpdir(), 'parquet-'))
const measurementSchema = z.object({ wallS: z.number(), cpuS: z.number(), peakRssMb: z.number(), bytes: z.number() })
type Measurement = z.infer<typeof measurementSchema>

try {
  const lines = makeShardRows(count).map((row) => `${JSON.stringify(row)}\n`)
  await pipeline(Readable.from(lines), createWriteStream(join(folder, 'rows.jsonl')))
  process.stdout.write(`node ${process.versions.node}, ${cpus().length} cores, ${count} rows\n`)
  const made = await measure('rows')
  const first = await measure('parquetjs-lite')
  print('parquetjs-lite, ours', first, made)
  print('hyparquet-writer, ours', await measure('hyparquet-writer'), made)
  print('hyparquet-writer, bare', await measure('bare'), made)
  print('DuckDB COPY', await measure('duckdb'), null)

  function print(name: string, measured: Measurement, without: Measurement | null): void {
    const cpuOf = (one: Measurement, off: Measurement | null): number => one.cpuS - (off?.cpuS ?? 0)
    const cpuS = cpuOf(measured, without)
    process.stdout.write(
      `${name.padEnd(24)} CPU ${cpuS.toFixed(1)} s, ratio ${(cpuS / cpuOf(first, made)).toFixed(2)}; ${measured.wallS.toFixed(1)} s wall, ${(measured.bytes / 1e6).toFixed(1)} MB, ${Math.round(measured.peakRssMb)} MB memory\n`,
    )
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measure(part: string): Promise<Measurement> {
  return measurementSchema.parse(await runPart('parquet-part.ts', [folder, String(count), part]))
}
