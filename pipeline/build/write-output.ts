import { createHash, hash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { rejectionColumns, toRejectionRow } from '../shards/rejection-columns.ts'
import { sampleColumns, toJsonLine, toShardRow } from '../shards/sample-columns.ts'
import { trainerFormats } from '../shards/trainer-formats.ts'
import { writeJsonLines } from '../shards/write-json-lines.ts'
import type { ShardColumn, ShardRow, ShardWriter, WrittenShard } from '../shards/shard-writer.ts'
import type { Rejection } from '../records/rejection.ts'
import { splits, type Sample, type Split } from '../records/sample.ts'
import type { SpoolTable } from '../spool/spool.ts'
import { planShards, type PlannedShard } from '../stages/emit/plan-shards.ts'
import type { BuildConfig } from '../config/build-config.ts'

/** The rows of a build, sorted: samples by category, split and prompt (a prompt has one at most), rejections by prompt and candidate. */
export type BuildRows = {
  readonly samples: SpoolTable<Sample>
  readonly rejections: SpoolTable<Rejection>
}

/** By prompt, not by candidate: a row keeps its place when a policy edit gives its prompt another answer. */
export function sampleKey({ category, split, promptId }: Pick<Sample, 'category' | 'split' | 'promptId'>): string {
  return `${category}/${split}/${promptId}`
}

export function rejectionKey({ promptId, candidateId, source, location }: Rejection): string {
  return [promptId ?? '', candidateId ?? '', source, location].join('/')
}

export type RowDigests = {
  /** Category to the digest of its samples. */
  readonly categories: ReadonlyMap<string, string>
  readonly rejected: string
}

/** Digests of all rows, so that the build's identity is known before its first file is written. */
export function digestRows({ samples, rejections }: BuildRows): RowDigests {
  const rejected = createHash('sha256')
  for (const rejection of rejections.read()) rejected.update(`${JSON.stringify(rejection)}\n`)
  return { categories: digestCategories(samples, ({ category }) => category), rejected: rejected.digest('hex') }
}

/** Category to the digest of its rows. */
export function digestCategories<T>(rows: SpoolTable<T>, categoryOf: (row: T) => string): ReadonlyMap<string, string> {
  const hashes = new Map<string, ReturnType<typeof createHash>>()
  for (const row of rows.read()) {
    const category = categoryOf(row)
    const digest = hashes.get(category) ?? createHash('sha256')
    hashes.set(category, digest)
    digest.update(`${JSON.stringify(row)}\n`)
  }
  return new Map([...hashes].map(([category, digest]) => [category, digest.digest('hex')]))
}

export function identifyBuild(inputs: readonly string[], { categories, rejected }: RowDigests): string {
  return `b-${hash('sha256', JSON.stringify([...inputs, [...categories], rejected])).slice(0, 16)}`
}

export type ListedShard = WrittenShard & { readonly path: string }
export type SplitShards = { readonly category: string; readonly split: Split; readonly shards: readonly ListedShard[] }

/** Writes data/<category>/<split>-*. */
export async function writeSampleShards(
  folder: string,
  { samples }: BuildRows,
  { categories }: RowDigests,
  emit: BuildConfig['emit'],
  writer: ShardWriter,
): Promise<readonly SplitShards[]> {
  const format = trainerFormats[emit.format]
  const columns = sampleColumns(format, emit.tokenizer === null ? 'uncounted' : 'tokens')
  const form: RowForm<Sample> = {
    columns,
    toRow: (sample, buildId) => toShardRow(sample, format, buildId),
    toLine: (sample) => toJsonLine(sample, format),
  }
  return await writeSplitShards(folder, 'data', { rows: samples, digests: categories, form }, emit, writer)
}

/** How rows of a kind are written: as Parquet, or as JSON lines where the trainer format is of these. */
export type RowForm<T> = {
  readonly columns: readonly ShardColumn[]
  readonly toRow: (row: T, buildId: string) => ShardRow
  readonly toLine: (row: T) => string
}

export type CategoryRows<T> = {
  /** By `<category>/<split>/`. */
  readonly rows: SpoolTable<T>
  /** Of each category that has rows. */
  readonly digests: ReadonlyMap<string, string>
  readonly form: RowForm<T>
}

/** Writes <home>/<category>/<split>-* below a build's folder, each file read back before it gets its name. */
export async function writeSplitShards<T>(
  folder: string,
  home: 'data' | 'preference',
  { rows, digests, form }: CategoryRows<T>,
  emit: BuildConfig['emit'],
  writer: ShardWriter,
): Promise<readonly SplitShards[]> {
  const { fileKind } = trainerFormats[emit.format]
  const written: SplitShards[] = []
  for (const [category, digest] of digests) {
    for (const split of splits) {
      const prefix = `${category}/${split}/`
      const plan = planShards(`${home}/${category}`, split, rows.count(prefix), emit.rowsPerShard, fileKind)
      const shards = await writeShards(folder, plan, rows.read({ prefix }), (path, part) =>
        fileKind === 'jsonl'
          ? writeJsonLines(path, part.map(form.toLine))
          : writer.writeShard(
              path,
              form.columns,
              part.map((row) => form.toRow(row, digest)),
            ),
      )
      if (shards.length > 0) written.push({ category, split, shards })
    }
  }
  return written
}

export async function writeRejectedShards(
  folder: string,
  { rejections }: BuildRows,
  digests: RowDigests,
  emit: BuildConfig['emit'],
  writer: ShardWriter,
): Promise<readonly ListedShard[]> {
  const plan = planShards('rejected', 'rejected', rejections.count(), emit.rowsPerShard, 'parquet')
  return await writeShards(folder, plan, rejections.read(), (path, part) =>
    writer.writeShard(
      path,
      rejectionColumns,
      part.map((row) => toRejectionRow(row, digests.rejected)),
    ),
  )
}

/** Arrow IPC files of the same rows, for analysis in tools that map them into memory. */
export async function writeArrowFiles(
  folder: string,
  rows: BuildRows,
  digests: RowDigests,
  emit: BuildConfig['emit'],
): Promise<void> {
  const format = trainerFormats.messages
  // Here and not above: apache-arrow is 22 MB, and few builds write such files.
  const { writeArrowFile } = await import('../shards/arrow-file.ts')
  await mkdir(join(folder, 'arrow'), { recursive: true })
  if (rows.samples.count() > 0) {
    const samples = rows.samples
      .read()
      .map((sample) => toShardRow(sample, format, digests.categories.get(sample.category) ?? ''))
    await writeArrowFile(
      join(folder, 'arrow/samples.arrow'),
      sampleColumns(format, emit.tokenizer === null ? 'uncounted' : 'tokens'),
      samples,
    )
  }
  if (rows.rejections.count() > 0) {
    const rejections = rows.rejections.read().map((row) => toRejectionRow(row, digests.rejected))
    await writeArrowFile(join(folder, 'arrow/rejected.arrow'), rejectionColumns, rejections)
  }
}

/** Deals rows to the planned files in order. */
async function writeShards<T>(
  folder: string,
  plan: readonly PlannedShard[],
  rows: IteratorObject<T>,
  write: (path: string, rows: IteratorObject<T>) => Promise<WrittenShard>,
): Promise<readonly ListedShard[]> {
  const written: ListedShard[] = []
  for (const shard of plan) {
    const path = join(folder, shard.path)
    await mkdir(dirname(path), { recursive: true })
    written.push({ path: shard.path, ...(await write(path, takeRows(rows, shard.rows))) })
  }
  return written
}

/** The next rows of an iterator that goes on afterwards; `take` of iterator helpers would close it. */
function* takeRows<T>(rows: IteratorObject<T>, count: number): Generator<T> {
  for (let n = 0; n < count; n += 1) {
    const next = rows.next()
    if (next.done === true) return
    yield next.value
  }
}
