import type { BuildConfig } from '../config/build-config.ts'
import type { ConfigProblem } from '../config/load-yaml.ts'
import { findShareFlaws, type QuotaConfig } from '../config/quota-config.ts'
import type { SpecSet } from '../guidance/spec-set.ts'
import { intents } from '../records/prompt.ts'
import { allocateRows, measureShortfall } from './allocate-rows.ts'
import { listLines, type QuotaLine } from './quota-lines.ts'
import { anyValue, isCapped, type QuotaRules } from './quota-rules.ts'

export type ResolvedQuota =
  | { readonly rules: QuotaRules; readonly problems: readonly [] }
  | { readonly rules: null; readonly problems: readonly ConfigProblem[] }

/** A quota read against its spec set; or everything about it that no pool of prompts could ever meet. */
export async function resolveQuota(
  quota: QuotaConfig,
  { select }: Pick<BuildConfig, 'select'>,
  specs: SpecSet,
): Promise<ResolvedQuota> {
  const categories = [...specs.specs.keys()].toSorted()
  const problems = findCategoryFlaws(quota, categories)
  if (problems.length > 0) return { rules: null, problems }
  const modesOf = new Map(categories.map((category) => [category, specs.forCategory(category).modes] as const))
  const rules = { quota, lines: listLines(quota, categories), caps: select.mixture, modesOf }
  const contradiction = await findContradiction(rules)
  return contradiction === null ? { rules, problems: [] } : { rules: null, problems: [contradiction] }
}

function findCategoryFlaws({ categories: shares, cells }: QuotaConfig, known: readonly string[]): ConfigProblem[] {
  const named = [
    ...Object.keys(shares).map((category) => ({ path: ['quota', 'categories', category], category })),
    ...cells.flatMap(({ category }, n) =>
      category === undefined ? [] : [{ path: ['quota', 'cells', n, 'category'], category }],
    ),
  ]
  const unknown = named.filter(({ category }) => !known.includes(category))
  if (unknown.length === 0) return [...findShareFlaws('categories', shares, known)]
  const remedy = `Its categories: ${known.join(', ')}.`
  return unknown.map(({ path, category }) => ({
    path,
    message: `expected a category of the spec set, got "${category}".`,
    remedy,
  }))
}

/** The first line that stays short however many rows of every kind there are; null when there is none. */
async function findContradiction(rules: QuotaRules): Promise<ConfigProblem | null> {
  // What sources and languages there are is not known yet, so a cap on them is not held against the quota here.
  const caps = rules.caps.filter((cap) => !isCapped([cap], 'language') && !isCapped([cap], 'source'))
  const plenty = [...rules.modesOf].flatMap(([category, modes]) =>
    intents.flatMap((intent) =>
      modes.map((mode) => ({
        place: { category, intent, language: anyValue, source: anyValue },
        modes: [mode],
        prompts: rules.quota.accepted,
        accepted: 0,
      })),
    ),
  )
  const checked = { ...rules, caps }
  if ((await measureShortfall(plenty, checked)) === 0) return null
  const { got } = await allocateRows(plenty, checked)
  const short = rules.lines.flatMap((line, n) => ((got[n] ?? 0) < line.asked ? [{ line, got: got[n] ?? 0 }] : []))
  const worst = short.find(({ line }) => line.name !== 'all') ?? short[0]
  if (worst === undefined) return null
  return {
    path: worst.line.path,
    message: `expected lines that can be met together, got ${short.map(describeShort).join('; ')}, with any prompts.`,
    remedy: `Lower what contradicts it: another share, a cell${caps.length > 0 ? ' or a cap of select.mixture' : ''}.`,
  }
}

function describeShort({ line, got }: { readonly line: QuotaLine; readonly got: number }): string {
  return `${line.name}: ${got} of ${line.asked} rows at most`
}
