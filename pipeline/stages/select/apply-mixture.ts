import type { Intent } from '../../records/prompt.ts'
import type { ResponseMode } from '../../records/response-mode.ts'
import type { MixtureCap } from './select-settings.ts'

/** What selection remembers of a winner: a few short strings, so that millions fit in memory. */
export type Winner = {
  readonly id: string
  readonly category: string
  readonly mode: ResponseMode
  readonly intent: Intent
  readonly language: string | null
  readonly source: string
  readonly reward: number | null
  /** A person accepted it: it fills the mixture before all others, and no cap cuts it. */
  readonly isDecided: boolean
}

export type Cut = { readonly id: string; readonly detail: string }

/**
 * Applies mixture caps in their order in the config: in each cell the highest rewards stay, ties by id, so the result
 * depends on the set of winners alone. What a person accepted stays in any case. Returns what is cut.
 */
export function applyMixture(winners: readonly Winner[], caps: readonly MixtureCap[]): readonly Cut[] {
  const cuts: Cut[] = []
  let kept = winners.toSorted(compareWinners)
  for (const cap of caps) {
    const counts = new Map<string, number>()
    kept = kept.filter((winner) => {
      if (!isCovered(winner, cap)) return true
      const cell = cap.by.map((dimension) => `${dimension}=${winner[dimension]}`).join(', ')
      const count = counts.get(cell) ?? 0
      counts.set(cell, count + 1)
      if (count < cap.max || winner.isDecided) return true
      cuts.push({ id: winner.id, detail: `the mixture takes ${cap.max} rows of ${cell || describe(cap)} at most` })
      return false
    })
  }
  return cuts
}

function compareWinners(a: Winner, b: Winner): number {
  if (a.isDecided !== b.isDecided) return a.isDecided ? -1 : 1
  return (b.reward ?? 0) - (a.reward ?? 0) || (a.id < b.id ? -1 : 1)
}

function isCovered(winner: Winner, { where }: MixtureCap): boolean {
  if (where.category !== undefined && where.category !== winner.category) return false
  if (where.mode !== undefined && where.mode !== winner.mode) return false
  if (where.intent !== undefined && where.intent !== winner.intent) return false
  if (where.language !== undefined && where.language !== winner.language) return false
  return where.source === undefined || where.source === winner.source
}

function describe({ where }: MixtureCap): string {
  const parts = Object.entries(where).map(([name, value]) => `${name}=${value}`)
  return parts.length > 0 ? parts.join(', ') : 'the whole set'
}
