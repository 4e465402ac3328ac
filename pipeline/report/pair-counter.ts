/** A table of counts, by row and column. */
export type Pairs = Readonly<Record<string, Readonly<Record<string, number>>>>

export type PairCounter = { readonly add: (row: string, column: string) => void; readonly read: () => Pairs }

/** Memory follows the number of different pairs. Reads in order of name, whatever came first. */
export function createPairCounter(): PairCounter {
  const rows = new Map<string, Map<string, number>>()
  return {
    add(row, column) {
      const counts = rows.get(row) ?? new Map<string, number>()
      rows.set(row, counts)
      counts.set(column, (counts.get(column) ?? 0) + 1)
    },
    read: () => Object.fromEntries(sortByName([...rows]).map(([row, counts]) => [row, sortedRecord(counts)])),
  }
}

function sortedRecord(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries(sortByName([...counts]))
}

function sortByName<T>(entries: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1))
}

export function countAt(pairs: Pairs, row: string, column: string): number {
  return pairs[row]?.[column] ?? 0
}

export function sumRow(row: Readonly<Record<string, number>> | undefined): number {
  return Object.values(row ?? {}).reduce((all, count) => all + count, 0)
}
