import { describeWhere, type QuotaConfig } from '../config/quota-config.ts'
import { intents } from '../records/prompt.ts'
import { responseModes } from '../records/response-mode.ts'
import { dealByRemainder } from './largest-remainder.ts'

/** What the lines of a quota look at. */
export type Cell = { readonly category: string; readonly intent: string; readonly mode: string }
export const cellDimensions = ['category', 'intent', 'mode'] as const
export type CellDimension = (typeof cellDimensions)[number]

export type QuotaLine = {
  readonly name: string
  /** Values that count, by dimension; absent: any. */
  readonly where: Readonly<Partial<Record<CellDimension, readonly string[]>>>
  readonly asked: number
  /** Where the config says it. */
  readonly path: readonly PropertyKey[]
}

/** A row counts where each dimension that the line names has one of its values; of others it may have any. */
export function counts(
  { where }: { readonly where: Readonly<Partial<Record<CellDimension, readonly string[] | null>>> },
  cell: Cell,
): boolean {
  return cellDimensions.every((name) => where[name]?.includes(cell[name]) ?? true)
}

/**
 * All lines of a quota, each with a whole number of rows: the total, one for each share, one for what the shares of a
 * dimension leave, and the cells. Shares become rows by largest remainder, in order of the names, what is left last; so
 * the lines of a dimension add up to the total.
 */
export function listLines(quota: QuotaConfig, categories: readonly string[]): readonly QuotaLine[] {
  const { accepted, cells } = quota
  return [
    { name: 'all', where: {}, asked: accepted, path: ['quota', 'accepted'] },
    ...dealShares('mode', 'modes', quota.modes, responseModes, accepted),
    ...dealShares('intent', 'intents', quota.intents, intents, accepted),
    ...dealShares('category', 'categories', quota.categories, categories, accepted),
    ...cells.map(({ count, category, mode, intent }, n) => ({
      name: describeWhere({ category, mode, intent }),
      where: {
        ...(category === undefined ? {} : { category: [category] }),
        ...(intent === undefined ? {} : { intent: [intent] }),
        ...(mode === undefined ? {} : { mode: [mode] }),
      },
      asked: count,
      path: ['quota', 'cells', n],
    })),
  ]
}

function dealShares(
  dimension: CellDimension,
  key: 'modes' | 'intents' | 'categories',
  shares: Readonly<Partial<Record<string, number>>>,
  known: readonly string[],
  total: number,
): readonly QuotaLine[] {
  // By name, and not in the order of the file: the order of keys is no part of a config's identity.
  const named = Object.entries(shares)
    .map(([name, share]) => ({ name, share: share ?? 0 }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  if (named.length === 0) return []
  const names = named.map(({ name }) => name)
  const rest = Math.max(0, 1 - named.reduce((all, { share }) => all + share, 0))
  const others = known.filter((value) => !names.includes(value))
  const dealt = dealByRemainder(total, [...named.map(({ share }) => share), ...(others.length > 0 ? [rest] : [])])
  return [
    ...names.map((name, n) => ({
      name: `${dimension}=${name}`,
      where: { [dimension]: [name] },
      asked: dealt[n] ?? 0,
      path: ['quota', key, name],
    })),
    ...(others.length === 0
      ? []
      : [
          {
            name: `${dimension}=other than ${names.join(', ')}`,
            where: { [dimension]: others },
            asked: dealt[names.length] ?? 0,
            path: ['quota', key],
          },
        ]),
  ]
}
