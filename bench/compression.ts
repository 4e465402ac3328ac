/*
 * What compressing stored answers would save, and cost, on the answers of the demo recording (of a system
 * message it has only the digest, as the store does):
 *
 *   npx node bench/compression.ts
 *
 * Request and answer of one row are compressed together, by zstd levels, and by zstd with a dictionary of other rows.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { constants, zstdCompressSync, zstdDecompressSync, type ZstdOptions } from 'node:zlib'
import { z } from 'zod'

const lineSchema = z.looseObject({ request: z.unknown().optional(), answer: z.unknown().optional() })
const text = await readFile(join(import.meta.dirname, '../data/recordings/demo.jsonl'), 'utf8')
const lines = text
  .trim()
  .split('\n')
  .map((line) => lineSchema.parse(JSON.parse(line)))
const rows = lines
  .filter(({ request }) => request !== undefined)
  .map(({ request, answer }) => Buffer.from(`${JSON.stringify(request)}\n${JSON.stringify(answer)}`))
const bytes = sum(rows)
/** So that a measurement takes seconds, not milliseconds. */
const rounds = 8

process.stdout.write(`${rows.length} answers of ${Math.round(bytes / rows.length)} bytes with their requests\n`)
for (const level of [1, 3, 9]) {
  measure(`zstd level ${level}`, rows, { params: { [constants.ZSTD_c_compressionLevel]: level } })
}
const [known, others] = [rows.filter((_, n) => n % 10 === 0), rows.filter((_, n) => n % 10 !== 0)]
measure('zstd with a dictionary', others, { dictionary: Buffer.concat(known).subarray(0, 112 * 1024) })
const whole = zstdCompressSync(Buffer.concat(rows)).length
process.stdout.write(`all in one piece         ${(bytes / whole).toFixed(2)} x smaller\n`)

function measure(name: string, texts: readonly Buffer[], options: ZstdOptions): void {
  const packed = texts.map((one) => zstdCompressSync(one, options))
  const put = time(texts, (one) => zstdCompressSync(one, options))
  const { dictionary } = options
  const get = time(packed, (one) => zstdDecompressSync(one, dictionary === undefined ? {} : { dictionary }))
  const ratio = sum(texts) / sum(packed)
  process.stdout.write(
    `${name.padEnd(24)} ${ratio.toFixed(2)} x smaller, ${put.toFixed(0)} us CPU a put, ${get.toFixed(0)} us a get\n`,
  )
}

function time(items: readonly Buffer[], step: (item: Buffer) => unknown): number {
  const start = process.cpuUsage()
  for (let round = 0; round < rounds; round += 1) for (const item of items) step(item)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / (rounds * items.length)
}

function sum(buffers: readonly Buffer[]): number {
  return buffers.reduce((all, one) => all + one.length, 0)
}
