import { join } from 'node:path'
import { readShard } from '../shards/read-shard.ts'
import type { ShardRow } from '../shards/shard-writer.ts'
import { readManifest } from './read-manifest.ts'

export type FoundRow = { readonly outcome: 'accepted' | 'rejected'; readonly shard: string; readonly row: ShardRow }

/** Every row of a build that a prompt id or candidate id names, accepted or rejected. */
export async function findRows(folder: string, id: string): Promise<readonly FoundRow[]> {
  const manifest = await readManifest(folder)
  const found: FoundRow[] = []
  for (const { path } of manifest.shards.filter((shard) => shard.path.endsWith('.parquet'))) {
    for await (const row of readShard(join(folder, path))) {
      if (row['id'] === id || row['prompt_id'] === id) found.push({ outcome: 'accepted', shard: path, row })
    }
  }
  for (const { path } of manifest.rejected) {
    for await (const row of readShard(join(folder, path))) {
      if (row['candidate_id'] === id || row['prompt_id'] === id) found.push({ outcome: 'rejected', shard: path, row })
    }
  }
  return found
}
