import type { PreferencePair } from '../records/preference-pair.ts'
import type { Sample } from '../records/sample.ts'
import { preferenceColumns, toPreferenceLine, toPreferenceRow } from '../shards/preference-columns.ts'
import type { ShardWriter } from '../shards/shard-writer.ts'
import { findFormatConflict, trainerFormats } from '../shards/trainer-formats.ts'
import type { SpoolTable } from '../spool/spool.ts'
import { pairPreferences, type PairContext, type PairHurdle } from '../stages/emit/pair-preferences.ts'
import type { TokenCounter } from '../tokens/open-token-counter.ts'
import type { Manifest } from './manifest.ts'
import type { ResolvedBuild } from './resolve-build.ts'
import {
  digestCategories,
  sampleKey,
  writeSplitShards,
  type BuildRows,
  type RowForm,
  type SplitShards,
} from './write-output.ts'

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

/** Writes preference/<category>/<split>-*. */
export async function writePreferenceShards(
  folder: string,
  { pairs, counts }: PreferenceRows,
  { emit }: ResolvedBuild['config'],
  writer: ShardWriter,
): Promise<WrittenPreferences> {
  const format = trainerFormats[emit.format]
  const digests = digestCategories(pairs, ({ chosen }) => chosen.category)
  const form: RowForm<PreferencePair> = {
    columns: preferenceColumns(format),
    toRow: (pair, buildId) => toPreferenceRow(pair, format, buildId),
    toLine: (pair) => toPreferenceLine(pair, format),
  }
  const splits = await writeSplitShards(folder, 'preference', { rows: pairs, digests, form }, emit, writer)
  const shards = splits.flatMap((one) => one.shards)
  return { manifest: { categories: Object.fromEntries(digests), shards, ...counts }, splits }
}
