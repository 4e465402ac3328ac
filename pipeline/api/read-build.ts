import { readManifest, readRowFiles } from '../build/read-manifest.ts'
import type { Manifest } from '../build/manifest.ts'
import { readBuildRows, type RowColumns } from '../build/read-build-rows.ts'
import type { ShardRow } from '../shards/shard-writer.ts'

export type BuildReading = {
  readonly manifest: Manifest
  /** Every row, accepted and rejected, a row group at a time; docs/formats.md has their columns. */
  readonly rows: (columns?: RowColumns) => AsyncGenerator<{
    readonly outcome: 'accepted' | 'rejected'
    readonly row: ShardRow
  }>
}

/**
 * Opens a build folder, such as a status's `path` or `builds/my-set/latest`.
 * @throws UserError `manifest` when the folder is no build; while rows are read `hidden_rows`, for a format whose rows
 * have no columns but the conversation, and what unreadable shards throw.
 */
export async function readBuild(folder: string): Promise<BuildReading> {
  const manifest = await readManifest(folder)
  const files = await readRowFiles(folder)
  return { manifest, rows: (columns) => readBuildRows({ folder, files }, columns) }
}
