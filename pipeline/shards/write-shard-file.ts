import { UserError } from '../records/user-error.ts'
import { batchRows } from './batch-rows.ts'
import { createRowCheck } from './check-row.ts'
import type { GroupDigest } from './row-digest.ts'
import type { ShardColumn, ShardRow, WrittenShard } from './shard-writer.ts'
import { verifyShard } from './verify-shard.ts'
import { writeThenRename } from './write-then-rename.ts'

/** What a Parquet library has to do: give the bytes of the next row group, and of the footer. Called one at a time. */
export type ShardEncoder = {
  readonly encodeGroup: (rows: readonly ShardRow[]) => Promise<readonly Uint8Array[]>
  readonly finish: () => Promise<readonly Uint8Array[]>
}

/** A group is in memory as rows and as pages at once: 32 MiB of text keeps the writers near 400 MB RSS. */
const groupLimits = { rows: 10_000, bytes: 32 * 1024 ** 2 }

/**
 * The part of a ShardWriter that does not depend on the library: strict check, row groups, temporary name, read-back.
 * Memory is bounded by the row group.
 * @throws UserError `shard_column`, `shard_row`, `shard_empty`, `shard_encode`, `shard_read_back`, `file_write`; what `rows` throws
 * passes unchanged.
 */
export async function writeShardFile(
  path: string,
  columns: readonly ShardColumn[],
  rows: Iterable<ShardRow> | AsyncIterable<ShardRow>,
  openEncoder: (columns: readonly ShardColumn[]) => Promise<ShardEncoder>,
): Promise<WrittenShard> {
  const checkRow = createRowCheck(columns)
  const groups: GroupDigest[] = []
  const written = await writeThenRename(
    path,
    async (append) => {
      const appendAll = async (chunks: readonly Uint8Array[]): Promise<void> => {
        for (const chunk of chunks) await append(chunk)
      }
      const encoder = await orEncodeError(path, () => openEncoder(columns))
      for await (const batch of batchRows(columns, checkRow, rows, groupLimits)) {
        await appendAll(await orEncodeError(path, () => encoder.encodeGroup(batch.rows)))
        groups.push(batch.digest)
      }
      if (groups.length === 0) throw emptyShard(path)
      await appendAll(await orEncodeError(path, () => encoder.finish()))
    },
    (temporaryPath) => verifyShard(temporaryPath, columns, groups),
  )
  return { rows: groups.reduce((sum, group) => sum + group.rows, 0), ...written }
}

/** parquetjs-lite throws strings; whatever a library throws arrives as an error with a code. */
async function orEncodeError<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UserError('shard_encode', `expected the Parquet library to encode checked rows, got: ${reason}`, {
      where: path,
      remedy: 'This is a defect of the library or of the check before it: use the other shard writer and report it.',
      cause,
    })
  }
}

function emptyShard(path: string): UserError {
  return new UserError('shard_empty', 'expected at least one row, got none', {
    where: path,
    remedy: 'Do not ask for a shard without rows: some readers refuse nested columns in an empty file.',
  })
}
