import { dimensions, keyOf, type Coverage, type Dimension } from './coverage.ts'

/** A kind of which there are fewer prompts than wanted; a dimension that was not asked for is left out. */
export type ThinCell = Readonly<Partial<Record<Dimension, string>>> & {
  readonly count: number
  readonly missing: number
}

/** Families that would fill a category's thin cells: each gives a prompt of every intent in every language asked for. */
export type Remedy = { readonly category: string; readonly languages: readonly string[]; readonly families: number }

export type Thinness = {
  /** Kinds looked at: all that the values of the dimensions make together. */
  readonly cells: number
  readonly thin: readonly ThinCell[]
  /** Empty unless category and language are among the dimensions. */
  readonly remedies: readonly Remedy[]
}

/**
 * The kinds below a floor, emptiest first. Looked at is every combination of what should be there: the categories of the
 * spec set, all intents, and the languages and numbers of turns that some prompt has.
 */
export function findThinCells(coverage: Coverage, by: readonly Dimension[], min: number): Thinness {
  const counts = new Map<string, number>()
  for (const cell of coverage.cells) {
    const key = keyOf(cell, by)
    counts.set(key, (counts.get(key) ?? 0) + cell.count)
  }
  const ordered = dimensions.filter((dimension) => by.includes(dimension))
  const kinds = ordered.reduce<readonly (readonly string[])[]>(
    (all, dimension) => all.flatMap((values) => coverage.expected[dimension].map((value) => [...values, value])),
    [[]],
  )
  const thin = kinds.flatMap((values): readonly ThinCell[] => {
    const count = counts.get(JSON.stringify(values)) ?? 0
    if (count >= min) return []
    const labels = Object.fromEntries(ordered.map((dimension, n) => [dimension, values[n] ?? '']))
    return [{ ...labels, count, missing: min - count }]
  })
  return {
    cells: kinds.length,
    thin: thin.toSorted((a, b) => b.missing - a.missing),
    remedies: findRemedies(thin),
  }
}

/** Written prompts have one turn, so cells of more turns are filled by hand. */
function findRemedies(thin: readonly ThinCell[]): readonly Remedy[] {
  const remedies = new Map<string, Remedy>()
  for (const { category, language, turns = '1', missing } of thin) {
    if (category === undefined || language === undefined || turns !== '1') continue
    const { languages, families } = remedies.get(category) ?? { languages: [], families: 0 }
    remedies.set(category, {
      category,
      languages: [...new Set([...languages, language])],
      families: Math.max(missing, families),
    })
  }
  return [...remedies.values()]
}
