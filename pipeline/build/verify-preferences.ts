import { join } from 'node:path'
import { z } from 'zod'
import { readShard } from '../shards/read-shard.ts'
import type { Manifest } from './manifest.ts'

const pairSchema = z.object({
  chosen_id: z.string(),
  rejected_id: z.string(),
  category: z.string(),
  score_chosen: z.number(),
  score_rejected: z.number(),
  margin: z.number(),
  build_id: z.string(),
})
const settingsSchema = z.object({ emit: z.object({ preferencePairs: z.object({ minMargin: z.number() }) }) })

/** Accepted id to `<category>/<split>`; ids of rejected candidates, null where a published copy is without them. */
export type KnownIds = {
  readonly accepted: ReadonlyMap<string, string>
  readonly rejected: ReadonlySet<string> | null
}

/**
 * Checks pairs against the rows that they are made of: the chosen side is a row of the same category and split, the
 * rejected side is a rejected candidate, the margin is what the scores say and what the config asked for.
 */
export async function verifyPreferences(
  folder: string,
  manifest: Manifest,
  ids: KnownIds,
  problems: string[],
): Promise<number> {
  const { preference } = manifest
  if (preference === null) return 0
  const { rowsWithPair, withoutPair } = preference
  const looked = rowsWithPair + Object.values(withoutPair).reduce((all, count) => all + count, 0)
  if (looked !== manifest.counts.accepted) {
    problems.push(`${manifest.counts.accepted} accepted rows are not ${looked} with and without a pair`)
  }
  const { minMargin } = settingsSchema.parse(manifest.inputs.config).emit.preferencePairs
  const paired = new Set<string>()
  let total = 0
  for (const { path, rows: expected } of preference.shards.filter((shard) => shard.path.endsWith('.parquet'))) {
    const [, category = '', file = ''] = path.split('/')
    const place = `${category}/${file.split('-')[0]}`
    let rows = 0
    for await (const row of readShard(join(folder, path))) {
      rows += 1
      const pair = pairSchema.parse(row)
      paired.add(pair.chosen_id)
      const name = `${path}: the pair of ${pair.chosen_id} and ${pair.rejected_id}`
      if (ids.accepted.get(pair.chosen_id) !== place) problems.push(`${name}: its chosen side is no row of ${place}`)
      if (ids.rejected?.has(pair.rejected_id) === false) problems.push(`${name}: its rejected side was not rejected`)
      if (pair.margin !== pair.score_chosen - pair.score_rejected || pair.margin < minMargin) {
        problems.push(`${name}: its margin is ${pair.margin}`)
      }
      if (pair.build_id !== preference.categories[category]) problems.push(`${name} is of another build`)
    }
    if (rows !== expected) problems.push(`${path}: expected ${expected} rows, got ${rows}`)
    total += rows
  }
  const isParquet = preference.shards.every(({ path }) => path.endsWith('.parquet'))
  if (isParquet && paired.size !== rowsWithPair) {
    problems.push(`expected ${rowsWithPair} rows with a pair, got ${paired.size}`)
  }
  return total
}
