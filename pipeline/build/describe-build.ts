import type { BuildConfig } from '../config/build-config.ts'
import { intents } from '../records/prompt.ts'
import { responseModes } from '../records/response-mode.ts'
import type { DataCard } from '../shards/data-card.ts'
import type { TrainerFormat } from '../shards/formats/trainer-format.ts'
import { preferenceColumns } from '../shards/preference-columns.ts'
import { sampleColumns } from '../shards/sample-columns.ts'
import { trainerFormats } from '../shards/trainer-formats.ts'
import type { QuotaOutcome } from '../records/quota-outcome.ts'
import type { BuildCounts } from './build-counts.ts'
import type { BuildRows, SplitShards } from './write-output.ts'
import type { WrittenPreferences } from './write-preferences.ts'

const allConfig = 'all'

/** What the data card says of a build: one Hugging Face config a category, and one of all. */
export function describeBuild(
  config: BuildConfig,
  counts: BuildCounts,
  quota: QuotaOutcome | null,
  written: readonly SplitShards[],
  rows: BuildRows,
  preference: WrittenPreferences | null,
): DataCard {
  const format = trainerFormats[config.emit.format]
  const columns =
    format.fileKind === 'parquet' ? sampleColumns(format, config.emit.tokenizer === null ? 'uncounted' : 'tokens') : []
  const categories = Map.groupBy(written, (one) => one.category)
  const { mixture, languages } = countMixture(rows)
  return {
    name: config.name,
    description: config.description,
    license: config.license,
    languages,
    configs: [
      describeConfig(allConfig, written, 'data/*', format.fileKind, columns, true),
      ...[...categories].map(([name, own]) =>
        describeConfig(name, own, `data/${name}`, format.fileKind, columns, false),
      ),
      ...(preference === null || preference.splits.length === 0 ? [] : [describePairs(preference, format)]),
    ],
    totals: { rows: sumShards(written, 'rows'), bytes: sumShards(written, 'bytes') },
    mixture,
    caveats: [
      `Of ${counts.candidates} candidates for ${counts.gradedPrompts} prompts, ${counts.accepted} were accepted; every other one is written to the build's folder rejected, with its reason and the graders' evidence, which a published copy may leave out.`,
      ...describeQuota(quota),
      ...describeDecisions(counts.decisions),
      'Safety, helpfulness, mode and reasoning were graded by rules and by model judges, which can be wrong; the column verdicts holds what each of them said.',
      ...describeTokens(config.emit),
      ...describePreferences(preference, rows),
      ...(config.evaluations.length === 0
        ? ['No evaluation set was given for decontamination.']
        : [
            `Prompts found in these evaluation sets were removed: ${config.evaluations.map((set) => set.name).join(', ')}.`,
          ]),
    ],
  }
}

/** An underscore keeps the name apart from those of categories. */
function describePairs({ splits }: WrittenPreferences, format: TrainerFormat): DataCard['configs'][number] {
  const columns = format.fileKind === 'parquet' ? preferenceColumns(format) : []
  return describeConfig('preference_pairs', splits, 'preference/*', format.fileKind, columns, false)
}

function describePreferences(preference: WrittenPreferences | null, { samples }: BuildRows): readonly string[] {
  if (preference === null) return []
  const { shards, rowsWithPair } = preference.manifest
  const pairs = shards.reduce((sum, shard) => sum + shard.rows, 0)
  return [
    `The folder preference holds ${pairs} pairs for preference training, of ${rowsWithPair} of ${samples.count()} rows. Their rejected sides are answers that graders found worse, UNSAFE ones among them: never train on them as targets, and keep and share the folder only where such text may be.`,
  ]
}

function describeTokens({ tokenizer, format }: BuildConfig['emit']): readonly string[] {
  if (tokenizer === null) return []
  const { file, encoding, chatTemplate, tokensPerMessage, maxTokens } = tokenizer
  const isRendered = format === 'harmony' || chatTemplate !== null
  const whole = isRendered ? 'of the rendered conversation' : `of its texts and ${tokensPerMessage} for each message`
  const limit =
    maxTokens === null ? '' : ` No row has more than ${maxTokens}; longer candidates were rejected, not cut.`
  return [`The columns of tokens were counted with ${file ?? encoding}, the total ${whole}.${limit}`]
}

function describeQuota(quota: QuotaOutcome | null): readonly string[] {
  if (quota === null) return []
  const [all] = quota.lines
  const short = quota.lines.filter(({ asked, got }) => got < asked)
  const asked = `A quota asked for ${all?.asked} rows and chose them among more that passed; it is in manifest.json.`
  if (short.length === 0) return [asked]
  return [
    `${asked} It could not be met: ${short.map(({ name, got, asked }) => `${name} ${got} of ${asked}`).join('; ')}.`,
  ]
}

function describeDecisions({ emitted, withheld, conflicting }: BuildCounts['decisions']): readonly string[] {
  if (emitted + withheld + conflicting === 0) return []
  return [
    `People decided about single candidates: ${emitted} rows are here because an auditor accepted them, also where graders failed them or could not grade them (then scores are null); ${withheld + conflicting} candidates are kept out because an auditor rejected them. The column decisions says who and why.`,
  ]
}

function describeConfig(
  name: string,
  written: readonly SplitShards[],
  folder: string,
  extension: string,
  columns: DataCard['configs'][number]['columns'],
  isDefault: boolean,
): DataCard['configs'][number] {
  const bySplit = [...Map.groupBy(written, (one) => one.split)]
  return {
    name,
    isDefault,
    columns,
    dataFiles: bySplit.map(([split]) => ({ split, path: `${folder}/${split}-*.${extension}` })),
    splits: bySplit.map(([split, own]) => ({
      name: split,
      rows: sumShards(own, 'rows'),
      bytes: sumShards(own, 'bytes'),
    })),
  }
}

function sumShards(written: readonly SplitShards[], key: 'rows' | 'bytes'): number {
  return written.reduce((all, { shards }) => all + shards.reduce((sum, shard) => sum + shard[key], 0), 0)
}

/** Accepted rows by category against mode, then intent. */
function countMixture({ samples }: BuildRows): Pick<DataCard, 'mixture'> & { readonly languages: readonly string[] } {
  const cells = new Map<string, Map<string, number>>()
  const languages = new Set<string>()
  for (const { category, mode, intent, language } of samples.read()) {
    const cell = cells.get(category) ?? new Map<string, number>()
    cells.set(category, cell)
    for (const key of [mode, intent]) cell.set(key, (cell.get(key) ?? 0) + 1)
    if (language !== null && /^[a-z]{2}$/.test(language)) languages.add(language)
  }
  const headings = ['category', ...responseModes, ...intents]
  const rows = [...cells].map(([category, cell]) => [category, ...headings.slice(1).map((key) => cell.get(key) ?? 0)])
  return { mixture: { headings, rows }, languages: [...languages].sort() }
}
