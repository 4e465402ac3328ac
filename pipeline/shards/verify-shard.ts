import { UserError } from '../records/user-error.ts'
import { openParquet } from './open-parquet.ts'
import { toShardRow } from './read-shard.ts'
import { createGroupDigest, encodeRow, type GroupDigest } from './row-digest.ts'
import type { ShardColumn } from './shard-writer.ts'

/**
 * Reads a shard back with hyparquet and compares it, row group by row group, with the digests taken from the rows as
 * they went in. Holds one row group and one digest a group.
 * @throws UserError `shard_read_back`
 */
export async function verifyShard(
  path: string,
  columns: readonly ShardColumn[],
  groups: readonly GroupDigest[],
): Promise<void> {
  const source = await openParquet(path, 'exact')
  const names = columns.map((column) => column.name).join(', ')
  if (source.columns.join(', ') !== names) throw different(path, `columns ${names}`, source.columns.join(', '))
  let index = 0
  for await (const rows of source.readGroups()) {
    const expected = groups[index]
    const digest = createGroupDigest()
    for (const row of rows) digest.add(encodeRow(columns, toShardRow(row, path)))
    const found = digest.end()
    if (found.rows !== expected?.rows || found.digest !== expected.digest) {
      throw different(path, `row group ${index} with ${describe(expected)}`, describe(found))
    }
    index += 1
  }
  if (index !== groups.length) throw different(path, `${groups.length} row groups`, `${index}`)
}

function describe(group: GroupDigest | undefined): string {
  return group ? `${group.rows} rows, digest ${group.digest.slice(0, 12)}` : 'nothing'
}

function different(path: string, expected: string, got: string): UserError {
  return new UserError('shard_read_back', `read-back: expected ${expected}, got ${got}`, {
    where: path,
    remedy: 'The file was deleted. This is a defect of the Parquet library or the disk: use the other shard writer.',
  })
}
