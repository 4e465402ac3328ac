import type { SpoolTable } from '../spool/spool.ts'
import type { GateFinding, GateName } from './gate-result.ts'
import { numberItems } from '../build/number-items.ts'

/** So many findings of a gate stand in `gates.json`, and so many are named in a message. */
const keptFindings = 20
const namedFindings = 5

export type FindingSink = {
  readonly add: (finding: Partial<Omit<GateFinding, 'gate'>> & Pick<GateFinding, 'what'>) => void
  readonly count: () => number
  readonly first: () => readonly GateFinding[]
  /** `<count> <rows>: <the first of them>`; empty when there is none. */
  readonly describe: (one: string, several: string) => readonly string[]
}

/** Takes the findings of one gate: all go to the table, the first are kept. */
export function createFindingSink(gate: GateName, all: SpoolTable<GateFinding>): FindingSink {
  // In the order in which the gates and their rows came.
  const { append } = numberItems(all)
  const first: GateFinding[] = []
  let count = 0
  return {
    add({ row = null, promptId = null, cell = null, what, evidence = [] }) {
      const finding = { gate, row, promptId, cell, what, evidence }
      append(finding)
      count += 1
      if (first.length < keptFindings) first.push(finding)
    },
    count: () => count,
    first: () => first,
    describe(one, several) {
      if (count === 0) return []
      const named = first.slice(0, namedFindings).map(({ row, cell, what }) => `${row ?? cell ?? gate} ${what}`)
      const more = count > namedFindings ? `; and ${count - namedFindings} more` : ''
      return [`${count === 1 ? `1 ${one}` : `${count} ${several}`}: ${named.join('; ')}${more}`]
    },
  }
}
