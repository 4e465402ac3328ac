import { join } from 'node:path'
import { UserError } from '../records/user-error.ts'
import { readShard } from '../shards/read-shard.ts'
import type { ShardRow } from '../shards/shard-writer.ts'
import type { FoundBuild } from './find-builds.ts'

/** The columns to read; without any, all of them. */
export type RowColumns = { readonly accepted?: readonly string[]; readonly rejected?: readonly string[] }

const outcomes = ['accepted', 'rejected'] as const
type RowOutcome = (typeof outcomes)[number]

/**
 * Streams all rows of a build, accepted and rejected, a row group at a time.
 * @param wanted Only these.
 * @throws UserError `hidden_rows` when the build's format carries the conversation alone, and what `readShard` throws.
 */
export async function* readBuildRows(
  { folder, files }: FoundBuild,
  columns: RowColumns = {},
  wanted: readonly RowOutcome[] = outcomes,
): AsyncGenerator<{ readonly outcome: RowOutcome; readonly row: ShardRow }> {
  const hidden = files.shards.find(({ path }) => !path.endsWith('.parquet'))
  if (hidden !== undefined) {
    throw new UserError(
      'hidden_rows',
      'expected Parquet shards, whose rows say what they rest on, got another format',
      {
        where: join(folder, hidden.path),
        remedy:
          'Set `emit.format` to messages and build again under another name: that sends no request. Then move this build away.',
      },
    )
  }
  for (const outcome of wanted) {
    for (const { path } of outcome === 'accepted' ? files.shards : files.rejected) {
      for await (const row of readShard(join(folder, path), columns[outcome])) yield { outcome, row }
    }
  }
}
