import { readShard } from '../shards/read-shard.ts'
import { join } from 'node:path'
import type { Manifest } from '../build/manifest.ts'

/** Counts the accepted rows of a build by the clauses that their reasoning cites. */
export async function countLeaningSamples(
  folder: string,
  manifest: Manifest,
): Promise<(clauses: readonly string[]) => number> {
  const rowsOfClause = new Map<string, Set<number>>()
  let row = 0
  for (const { path } of manifest.shards.filter((shard) => shard.path.endsWith('.parquet'))) {
    for await (const { cited_clauses: cited } of readShard(join(folder, path), ['cited_clauses'])) {
      row += 1
      if (!Array.isArray(cited)) continue
      for (const clause of cited) {
        if (typeof clause !== 'string') continue
        const rows = rowsOfClause.get(clause) ?? new Set<number>()
        rowsOfClause.set(clause, rows.add(row))
      }
    }
  }
  return (clauses) => {
    const rows = new Set<number>()
    for (const clause of clauses) for (const leaning of rowsOfClause.get(clause) ?? []) rows.add(leaning)
    return rows.size
  }
}
