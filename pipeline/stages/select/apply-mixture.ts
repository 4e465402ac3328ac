import type { Sample } from '../../records/sample.ts'
import type { MixtureCap } from './select-settings.ts'

/** What the mixture looks at. */
export type Winner = Pick<
  Sample,
  'id' | 'category' | 'mode' | 'intent' | 'language' | 'source' | 'reward' | 'decisions'
>

/**
 * The order in which winners fill the mixture, as text to sort by: what a person accepted, then the highest reward, ties
 * by id, those that are `isKept` before others. So the result depends on the set of winners alone.
 */
export function rankOf({ decisions, reward, id }: Winner, isKept = false): string {
  // Rewards are in [0,1]; sixteen digits tell apart all that thirds and their products can give.
  return `${decisions.length > 0 ? 0 : 1} ${(2 - (reward ?? 0)).toFixed(16)} ${isKept ? 0 : 1} ${id}`
}

export type Mixture = {
  /** Why this winner is cut; null when it stays. */
  readonly take: (winner: Winner) => string | null
}

/**
 * Applies mixture caps to winners that come in order of their rank. Each cap counts, in its cells, those that the caps
 * before it let through. What a person accepted fills the cells too, and no cap cuts it. Memory grows with the cells, not
 * with the winners.
 */
export function createMixture(caps: readonly MixtureCap[]): Mixture {
  const counted = caps.map((cap) => ({ cap, counts: new Map<string, number>() }))
  return {
    take(winner) {
      for (const { cap, counts } of counted) {
        if (!isCovered(winner, cap)) continue
        const cell = cellOf(winner, cap)
        const count = counts.get(cell) ?? 0
        counts.set(cell, count + 1)
        if (count >= cap.max && winner.decisions.length === 0) {
          return `the mixture takes ${cap.max} rows of ${cell || describe(cap)} at most`
        }
      }
      return null
    },
  }
}

/** What a cap looks at. */
type Capped = Readonly<Record<'category' | 'mode' | 'intent', string> & Record<'language' | 'source', string | null>>

/** Whether a row counts under a cap. */
export function isCovered(row: Capped, { where }: MixtureCap): boolean {
  return (['category', 'mode', 'intent', 'language', 'source'] as const).every(
    (dimension) => where[dimension] === undefined || where[dimension] === row[dimension],
  )
}

/** Names the rows that share a cap's room with this one; empty where all do. */
export function cellOf(row: Capped, { by }: MixtureCap): string {
  return by.map((dimension) => `${dimension}=${row[dimension]}`).join(', ')
}

function describe({ where }: MixtureCap): string {
  const parts = Object.entries(where).map(([name, value]) => `${name}=${value}`)
  return parts.length > 0 ? parts.join(', ') : 'the whole set'
}
