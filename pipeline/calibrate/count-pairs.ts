/** What two raters said of one example; `second` is null where the second gave no verdict. */
export type RatedPair = { readonly first: string; readonly second: string | null }

export type PairCounts = {
  /** Rows: the first rater's class; columns: the second's. */
  readonly matrix: readonly (readonly number[])[]
  /** Pairs without a second rating, by the first's class. */
  readonly ungraded: readonly number[]
}

/** Counts pairs by class. A class that is not one of `classes` is a defect of the caller's, so it throws. */
export function countPairs(pairs: Iterable<RatedPair>, classes: readonly string[]): PairCounts {
  const positions = new Map(classes.map((name, n) => [name, n]))
  const positionOf = (name: string): number => {
    const position = positions.get(name)
    if (position === undefined) throw new Error(`no class ${name} among ${classes.join(', ')}`)
    return position
  }
  const matrix = classes.map(() => classes.map(() => 0))
  const ungraded = classes.map(() => 0)
  for (const { first, second } of pairs) {
    const row = positionOf(first)
    if (second === null) ungraded[row] = (ungraded[row] ?? 0) + 1
    else {
      const cells = matrix[row] ?? []
      const column = positionOf(second)
      cells[column] = (cells[column] ?? 0) + 1
    }
  }
  return { matrix, ungraded }
}
