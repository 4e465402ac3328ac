import { createHash } from 'node:crypto'
import type { PreferencePair } from '../records/preference-pair.ts'
import type { Sample } from '../records/sample.ts'
import { preferenceColumns, toPreferenceLine, toPreferenceRow } from '../shards/preference-columns.ts'
import type { ShardWriter } from '../shards/shard-writer.ts'
import { findFormatConflict, trainerFormats } from '../shards/trainer-formats.ts'
import { writeJsonLines } from '../shards/write-json-lines.ts'
import type { SpoolTable } from '../spool/spool.ts'
import { pairPreferences, type PairContext, type PairHurdle } from '../stages/emit/pair-preferences.ts'
import { planShards } from '../stages/emit/plan-shards.ts'
import type { TokenCounter } from '../tokens/open-token-counter.ts'
import type { Manifest } from './manifest.ts'
import type { ResolvedBuild } from './resolve-build.ts'
import { sampleKey, writeShards, type BuildRows, type SplitShards } from './write-output.ts'

export type PreferenceRows = {
  readonly pairs: SpoolTable<PreferencePair>
  readonly counts: Pick<NonNullable<Manifest['preference']>, 'rowsWithPair' | 'withoutPair'>
}

/** Pairs each accepted row with what its prompt's other candidates were rejected for. A function of the build's rows alone. */
export function collectPairs(
  { config, grade }: ResolvedBuild,
  { samples, rejections }: BuildRows,
  tokenCounter: TokenCounter | null,
  pairs: SpoolTable<PreferencePair>,
): PreferenceRows | null {
  const { preferencePairs: settings, format: formatName } = config.emit
  if (settings === null) return null
  const format = trainerFormats[formatName]
  const context: PairContext = {
    settings,
    usesHelpfulness: config.select.rule === 'reward' && grade.panel.some(({ judge }) => judge.name === 'helpfulness'),
    renderTurn: (sample) => JSON.stringify(format.renderCompletion(sample)),
    findMisfit: (sample) => findFormatConflict(sample, format) ?? findLengthMisfit(sample, tokenCounter),
  }
  const withoutPair: Partial<Record<PairHurdle, number>> = {}
  let rowsWithPair = 0
  for (const chosen of samples.read()) {
    const found = pairPreferences(chosen, rejections.read({ prefix: `${chosen.promptId}/` }), context)
    if (typeof found === 'string') {
      withoutPair[found] = (withoutPair[found] ?? 0) + 1
      continue
    }
    rowsWithPair += 1
    for (const [n, pair] of found.entries()) pairs.append(`${sampleKey(chosen)}/${String(n).padStart(2, '0')}`, pair)
  }
  return { pairs, counts: { rowsWithPair, withoutPair } }
}

function findLengthMisfit(sample: Sample, tokenCounter: TokenCounter | null): string | null {
  const length = tokenCounter?.measure(sample)
  return length?.status === 'misfit' ? length.detail : null
}

export type WrittenPreferences = {
  readonly manifest: NonNullable<Manifest['preference']>
  readonly splits: readonly SplitShards[]
}

/** Writes preference/<category>/<split>-*, each file read back before it gets its name. */
export async function writePreferenceShards(
  folder: string,
  { pairs, counts }: PreferenceRows,
  { emit }: ResolvedBuild['config'],
  writer: ShardWriter,
): Promise<WrittenPreferences> {
  const format = trainerFormats[emit.format]
  const columns = preferenceColumns(format)
  const digests = digestPairs(pairs)
  const written: SplitShards[] = []
  for (const [category, digest] of digests) {
    for (const split of ['train', 'validation'] as const) {
      const prefix = `${category}/${split}/`
      const plan = planShards(`preference/${category}`, split, pairs.count(prefix), emit.rowsPerShard, format.fileKind)
      const shards = await writeShards(folder, plan, pairs.read({ prefix }), (path, part) =>
        format.fileKind === 'jsonl'
          ? writeJsonLines(
              path,
              part.map((pair) => toPreferenceLine(pair, format)),
            )
          : writer.writeShard(
              path,
              columns,
              part.map((pair) => toPreferenceRow(pair, format, digest)),
            ),
      )
      if (shards.length > 0) written.push({ category, split, shards })
    }
  }
  const shards = written.flatMap((one) => one.shards)
  return { manifest: { categories: Object.fromEntries(digests), shards, ...counts }, splits: written }
}

function digestPairs(pairs: SpoolTable<PreferencePair>): ReadonlyMap<string, string> {
  const hashes = new Map<string, ReturnType<typeof createHash>>()
  for (const pair of pairs.read()) {
    const { category } = pair.chosen
    const digest = hashes.get(category) ?? createHash('sha256')
    hashes.set(category, digest)
    digest.update(`${JSON.stringify(pair)}\n`)
  }
  return new Map([...hashes].map(([category, digest]) => [category, digest.digest('hex')]))
}
