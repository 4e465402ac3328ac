import { stringify } from 'yaml'
import { escapeMarkdown, renderTable } from './markdown.ts'
import type { ShardColumn } from './shard-writer.ts'

type CardSplit = { readonly name: string; readonly rows: number; readonly bytes: number }
type CardConfig = {
  /** Hugging Face config name, such as a category. */
  readonly name: string
  readonly isDefault?: boolean
  /** Globs relative to the README. */
  readonly dataFiles: readonly { readonly split: string; readonly path: string }[]
  /** Empty for JSON Lines, whose features readers infer. */
  readonly columns: readonly ShardColumn[]
  readonly splits: readonly CardSplit[]
}
export type DataCard = {
  readonly name: string
  readonly description: string
  /** As Hugging Face spells it, such as `apache-2.0` or `other`. */
  readonly license: string
  /** ISO 639-1 codes. */
  readonly languages?: readonly string[]
  readonly configs: readonly CardConfig[]
  /** Rows and bytes of the set, each row once: configs may overlap. */
  readonly totals: { readonly rows: number; readonly bytes: number }
  /** For example rows by category and response mode. */
  readonly mixture: {
    readonly headings: readonly string[]
    readonly rows: readonly (readonly (string | number)[])[]
  }
  readonly caveats: readonly string[]
}

/**
 * The README.md of a build: Hugging Face front matter, then prose and tables. Names are escaped, so that a category
 * named by a hostile file can break neither; `description` is the user's own Markdown and stays as it is.
 */
export function renderDataCard(card: DataCard): string {
  const frontMatter = stringify(hubMetadata(card), { lineWidth: 0 })
  return ['---', frontMatter.trimEnd(), '---', '', renderProse(card), ''].join('\n')
}

function hubMetadata(card: DataCard): object {
  return {
    pretty_name: card.name,
    license: card.license,
    ...(card.languages && card.languages.length > 0 ? { language: card.languages } : {}),
    task_categories: ['text-generation'],
    size_categories: [sizeCategory(card.totals.rows)],
    tags: ['safety', 'safe-completions', 'sft', 'synthetic'],
    configs: card.configs.map(({ name, isDefault, dataFiles }) => ({
      config_name: name,
      ...(isDefault === true ? { default: true } : {}),
      data_files: dataFiles.map(({ split, path }) => ({ split, path })),
    })),
    dataset_info: card.configs.map(({ name, columns, splits }) => {
      const bytes = splits.reduce((sum, split) => sum + split.bytes, 0)
      return {
        config_name: name,
        ...(columns.length > 0 ? { features: columns.map(hubFeature) } : {}),
        splits: splits.map((split) => ({ name: split.name, num_bytes: split.bytes, num_examples: split.rows })),
        download_size: bytes,
        dataset_size: bytes,
      }
    }),
  }
}

/** The spelling that both datasets 3 and later read; `_type: List` breaks version 3. */
function hubFeature(column: ShardColumn): object {
  const { name } = column
  switch (column.type) {
    case 'string':
      return { name, dtype: 'string' }
    case 'integer':
      return { name, dtype: 'int64' }
    case 'double':
      return { name, dtype: 'float64' }
    case 'boolean':
      return { name, dtype: 'bool' }
    case 'strings':
      return { name, sequence: 'string' }
    default:
      return { name, list: column.fields.map((field) => ({ name: field, dtype: 'string' })) }
  }
}

const sizes = [
  [1e3, 'n<1K'],
  [1e4, '1K<n<10K'],
  [1e5, '10K<n<100K'],
  [1e6, '100K<n<1M'],
  [1e7, '1M<n<10M'],
  [1e8, '10M<n<100M'],
] as const

function sizeCategory(rows: number): string {
  return sizes.find(([limit]) => rows < limit)?.[1] ?? '100M<n<1B'
}

const purpose = [
  'Samples for training safety behaviour with safe completions: each is a conversation, a reasoning that consults the',
  'policy from memory, and an answer in one of three response modes (direct answer, safe completion, refusal with',
  'redirection). **The prompts touch sensitive and harmful topics, some of them on purpose**; they are here so that a',
  'model learns to answer them safely, not as advice. Prompts that match an evaluation set were removed as',
  '`manifest.json` says; run your own check against the evaluations that you report.',
].join('\n')

function renderProse(card: DataCard): string {
  const { rows, bytes } = card.totals
  const splits = card.configs.flatMap((config) =>
    config.splits.map((split) => [config.name, split.name, split.rows, split.bytes]),
  )
  return [
    `# ${escapeMarkdown(card.name)}`,
    card.description.trim(),
    `## What this is for\n\n${purpose}`,
    `## Size\n\n${rows} rows, ${bytes} bytes.\n\n${renderTable(['config', 'split', 'rows', 'bytes'], splits)}`,
    `## Mixture\n\n${renderTable(card.mixture.headings, card.mixture.rows)}`,
    `## Caveats\n\n${card.caveats.map((caveat) => `- ${escapeMarkdown(caveat)}`).join('\n') || '- None was recorded.'}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}
