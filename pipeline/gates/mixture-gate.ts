import type { Bounds } from '../config/gates-config.ts'
import type { FindingSink } from './finding-sink.ts'
import type { GateSubject } from './gate-subject.ts'
import type { Gate } from './gate.ts'

type Counts = Readonly<Record<string, number>>

export const mixtureGate: Gate = {
  name: 'mixture',
  async judge({ gates: { mixture: limit }, subject }, sink) {
    if (limit === null) return null
    const { modes, intents, categories } = subject.counts
    const cells = Object.keys(limit.cells).length === 0 ? {} : await countCells(subject)
    const measured = {
      modes: toShares(modes),
      intents: toShares(intents),
      categories: toShares(categories),
      ...(Object.keys(cells).length === 0 ? {} : { cells: toShares(cells) }),
    }
    const failures = [
      ...findOutside('mode', limit.modes, modes, sink),
      ...findOutside('intent', limit.intents, intents, sink),
      ...findOutside('category', limit.categories, categories, sink),
      ...findOutside('cell', limit.cells, cells, sink),
    ]
    return { limit, measured, summary: showShares(measured.modes), failures }
  },
}

/** `direct_answer 0.3594, safe_completion 0.6406` */
export function showShares(shares: Readonly<Record<string, number>>): string {
  return Object.entries(shares)
    .map(([label, share]) => `${label} ${share.toFixed(4)}`)
    .join(', ')
}

/** Label to its share of all counts; none where there are none. */
export function toShares(counts: Counts): Record<string, number> {
  const total = sumOf(counts)
  return Object.fromEntries(Object.entries(counts).map(([label, count]) => [label, total === 0 ? 0 : count / total]))
}

function findOutside(
  what: string,
  limits: Readonly<Record<string, Bounds | undefined>>,
  counts: Counts,
  sink: FindingSink,
): readonly string[] {
  const shares = toShares(counts)
  return Object.entries(limits).flatMap(([label, bounds]) => {
    const share = shares[label] ?? 0
    const { min = 0, max = 1 } = bounds ?? {}
    if (share >= min && share <= max) return []
    const side = share < min ? `below ${min}` : `above ${max}`
    const tells = `has ${share.toFixed(4)} of the rows, ${side}: ${counts[label] ?? 0} of ${sumOf(counts)}`
    sink.add({ cell: label, what: tells })
    return [`${what} ${label} ${tells}`]
  })
}

async function countCells(subject: GateSubject): Promise<Counts> {
  const counts: Record<string, number> = {}
  for await (const { mode, intent } of subject.rows()) {
    const cell = `${mode}/${intent}`
    counts[cell] = (counts[cell] ?? 0) + 1
  }
  return Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((all, count) => all + count, 0)
}
