import { z } from 'zod'
import { intents, intentSchema } from '../records/prompt.ts'
import { responseModes, responseModeSchema } from '../records/response-mode.ts'
import type { ConfigProblem } from './load-yaml.ts'

const share = z.number().min(0).max(1)

const cellSchema = z
  .strictObject({
    category: z.string().optional(),
    mode: responseModeSchema.optional(),
    intent: intentSchema.optional(),
    count: z.int().nonnegative().describe('Accepted rows with these values, exactly.'),
  })
  .describe('A cell of the quota: at least one of category, mode and intent, and how many rows.')

export const quotaConfigSchema = z
  .strictObject({
    accepted: z.int().positive().describe('Accepted rows of the build, exactly.'),
    modes: z
      .partialRecord(responseModeSchema, share)
      .default({})
      .describe('Response mode to its share of the accepted rows. What is left goes to the modes that are not named.'),
    intents: z
      .partialRecord(intentSchema, share)
      .default({})
      .describe('Intent to its share; what is left goes to the intents that are not named.'),
    categories: z
      .record(z.string(), share)
      .default({})
      .describe('Category to its share; what is left goes to the categories that are not named.'),
    cells: z.array(cellSchema).default([]).describe('Exact numbers for combinations. Cells may overlap.'),
    maxCandidates: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe(
        'Candidates of one prompt at most. A prompt starts with `generate.candidates`; more are drawn while none passes.',
      ),
    maxPrompts: z.int().positive().nullable().default(null).describe('Prompts drawn at most; null: all there are.'),
    assumedYield: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .describe('Share of prompts that give a row, assumed until it is measured. 1 draws least, in more rounds.'),
    margin: z
      .number()
      .min(0)
      .max(4)
      .default(0.1)
      .describe(
        'Draw so much more than the measured yields say: 0.1 is a tenth, and the margin doubles from round to round, up to 4. More margin: fewer rounds, more surplus.',
      ),
    onShortfall: z
      .enum(['hold', 'publish'])
      .default('hold')
      .describe(
        'hold: a set that is short of its quota is held back, like after a failed gate. publish: it is published.',
      ),
  })
  .describe('Exactly so many accepted rows, in given shares, drawn in rounds; see docs/quotas.md.')
export type QuotaConfig = Readonly<z.infer<typeof quotaConfigSchema>>

/** Shares are decimal fractions; their sum in binary may miss 1 by so much. */
const shareTolerance = 1e-9

/** What can be said against a quota without knowing the spec set. */
export function findQuotaFlaws(quota: QuotaConfig | null, candidates: number): readonly ConfigProblem[] {
  if (quota === null) return []
  const problems: ConfigProblem[] = []
  if (candidates > quota.maxCandidates) {
    const message = `expected at least the ${candidates} of generate.candidates, got ${quota.maxCandidates}.`
    problems.push({ path: ['quota', 'maxCandidates'], message, remedy: 'Raise it, or lower generate.candidates.' })
  }
  problems.push(
    ...findShareFlaws('modes', quota.modes, responseModes),
    ...findShareFlaws('intents', quota.intents, intents),
    ...findShareFlaws('categories', quota.categories, null),
  )
  for (const [n, { count, ...where }] of quota.cells.entries()) {
    const path = ['quota', 'cells', n]
    if (Object.keys(where).length === 0) {
      const message = 'expected a category, a mode or an intent, got none.'
      problems.push({ path, message, remedy: 'The whole set is quota.accepted.' })
    } else if (count > quota.accepted) {
      const message = `expected at most the ${quota.accepted} of quota.accepted, got ${count}.`
      problems.push({ path: [...path, 'count'], message, remedy: 'Lower it, or raise quota.accepted.' })
    } else if (quota.cells.slice(0, n).some((one) => describeWhere(one) === describeWhere(where))) {
      problems.push({ path, message: `the cell ${describeWhere(where)} stands twice.`, remedy: 'Keep one.' })
    }
  }
  return problems
}

/** @param known every value there is; null where only the spec set knows. */
export function findShareFlaws(
  key: 'modes' | 'intents' | 'categories',
  shares: Readonly<Partial<Record<string, number>>>,
  known: readonly string[] | null,
): readonly ConfigProblem[] {
  const path = ['quota', key]
  const names = Object.keys(shares)
  const sum = Object.values(shares).reduce<number>((all, one) => all + (one ?? 0), 0)
  const rounded = Number(sum.toFixed(9))
  if (sum > 1 + shareTolerance) {
    return [{ path, message: `expected shares that add up to 1 at most, got ${rounded}.`, remedy: 'Lower some.' }]
  }
  if (known === null || names.length === 0 || sum > 1 - shareTolerance) return []
  if (known.some((value) => !names.includes(value))) return []
  const message = `expected shares that add up to 1, since every one there is has its share; got ${rounded}.`
  return [{ path, message, remedy: 'Raise some, or leave one out: it gets what is left.' }]
}

/** Such as `category=cyber, mode=safe_completion`. */
export function describeWhere(where: {
  readonly category?: string | undefined
  readonly mode?: string | undefined
  readonly intent?: string | undefined
}): string {
  return (['category', 'mode', 'intent'] as const)
    .flatMap((name) => (where[name] === undefined ? [] : [`${name}=${where[name]}`]))
    .join(', ')
}
