import * as fc from 'fast-check'
import { quotaConfigSchema } from '../../pipeline/config/quota-config.ts'
import type { CountedKind } from '../../pipeline/quota/allocate-rows.ts'
import { listLines } from '../../pipeline/quota/quota-lines.ts'
import type { QuotaRules } from '../../pipeline/quota/quota-rules.ts'
import { responseModes } from '../../pipeline/records/response-mode.ts'
import type { MixtureCap } from '../../pipeline/stages/select/select-settings.ts'

const categories = ['cyber', 'fraud'] as const
const intents = ['benign', 'malicious'] as const

/** Shares in twentieths that add up to 1 at most. */
function anyShares(names: readonly string[]): fc.Arbitrary<Record<string, number>> {
  return fc.array(fc.nat(20), { minLength: names.length + 1, maxLength: names.length + 1 }).map((weights) => {
    const sum = weights.reduce((all, one) => all + one, 0)
    if (sum === 0) return {}
    return Object.fromEntries(names.map((name, n) => [name, Math.floor((20 * (weights[n] ?? 0)) / sum) / 20]))
  })
}

const anyCap: fc.Arbitrary<MixtureCap> = fc.record({
  by: fc.subarray(['category', 'mode', 'intent'] as const),
  where: fc.constantFrom({}, { category: 'cyber' }, { mode: 'direct_answer' as const }),
  max: fc.nat(6),
})

export type QuotaSetting = { readonly most?: number; readonly kinds?: number; readonly isCapped?: boolean }

export function anyRules({ most = 40, isCapped = true }: QuotaSetting = {}): fc.Arbitrary<QuotaRules> {
  return fc
    .record({
      accepted: fc.integer({ min: 1, max: most }),
      modes: fc.option(anyShares(responseModes.slice(0, 2)), { nil: {} }),
      intents: fc.option(anyShares(['benign']), { nil: {} }),
      categories: fc.option(anyShares(['cyber']), { nil: {} }),
      cell: fc.option(
        fc.record({
          category: fc.constantFrom(...categories),
          mode: fc.constantFrom(...responseModes),
          share: fc.nat(3),
        }),
        { nil: null },
      ),
      caps: isCapped ? fc.array(anyCap, { maxLength: 2 }) : fc.constant([]),
    })
    .map(({ cell, caps, ...shares }) => {
      const cells =
        cell === null
          ? []
          : [{ category: cell.category, mode: cell.mode, count: Math.floor((shares.accepted * cell.share) / 4) }]
      const quota = quotaConfigSchema.parse({ ...shares, cells })
      const modesOf = new Map(categories.map((category) => [category, responseModes] as const))
      return { quota, lines: listLines(quota, categories), caps, modesOf }
    })
}

export function anyKinds({ most = 12, kinds = 8 }: QuotaSetting = {}): fc.Arbitrary<readonly CountedKind[]> {
  const anyKind = fc.record({
    category: fc.constantFrom(...categories),
    intent: fc.constantFrom(...intents),
    modes: fc.shuffledSubarray([...responseModes], { minLength: 1 }),
    prompts: fc.integer({ min: 1, max: most }),
  })
  return fc
    .uniqueArray(anyKind, {
      maxLength: kinds,
      selector: ({ category, intent, modes }) => `${category} ${intent} ${modes.join()}`,
    })
    .map((all) =>
      all.map(({ category, intent, modes, prompts }) => ({
        place: { category, intent, language: '*', source: '*' },
        modes,
        prompts,
        accepted: 0,
      })),
    )
}
