import { detectLanguage } from '../graders/rules/guess-language.ts'
import type { Message } from '../records/message.ts'
import { intents } from '../records/prompt.ts'

export const dimensions = ['category', 'intent', 'language', 'turns'] as const
export type Dimension = (typeof dimensions)[number]

/** Prompts of one kind. `turns` counts the user's: `1`, `2` or `3+`. */
export type Cell = Readonly<Record<Dimension, string>>
export type CountedCell = Cell & { readonly count: number }

/** For a label that a source does not give: a build would ask its classifier. */
export const unlabelled = 'unlabelled'
/** For a language that is neither given nor told by the text. */
export const unknownLanguage = 'unknown'

export type Coverage = {
  readonly prompts: number
  /** Every kind that there is a prompt of, in order of its labels. */
  readonly cells: readonly CountedCell[]
  /** The values that each dimension should have prompts of. */
  readonly expected: Readonly<Record<Dimension, readonly string[]>>
  /** Prompts whose source names no language: told by the text, or not. */
  readonly language: { readonly detected: number; readonly unknown: number }
}

export type CoveredPrompt = {
  readonly messages: readonly Message[]
  readonly category: string | null
  readonly intent: string | null
  readonly language: string | null
}

export type CoverageCounter = {
  readonly add: (prompt: CoveredPrompt) => void
  /** @param categories those that there should be prompts of; none: those that were seen. */
  readonly read: (categories: readonly string[]) => Coverage
}

export function createCoverageCounter(): CoverageCounter {
  const counts = new Map<string, CountedCell>()
  let [prompts, detected, unknown] = [0, 0, 0]
  const readLanguage = ({ messages, language }: CoveredPrompt): string => {
    if (language !== null) return language
    const said = messages.filter(({ role }) => role === 'user').map(({ content }) => content)
    const found = detectLanguage(said.join('\n'))
    if (found === null) unknown += 1
    else detected += 1
    return found ?? unknownLanguage
  }
  return {
    add(prompt) {
      const turns = prompt.messages.filter(({ role }) => role === 'user').length
      const cell = {
        category: prompt.category ?? unlabelled,
        intent: prompt.intent ?? unlabelled,
        language: readLanguage(prompt),
        turns: turns > 2 ? '3+' : String(turns),
      }
      const key = keyOf(cell, dimensions)
      prompts += 1
      counts.set(key, { ...cell, count: (counts.get(key)?.count ?? 0) + 1 })
    },
    read(categories) {
      const cells = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, cell]) => cell)
      const seen = (dimension: Dimension): readonly string[] =>
        [...new Set(cells.map((cell) => cell[dimension]))].filter((value) => !isMissing(value)).toSorted()
      return {
        prompts,
        cells,
        expected: {
          category: categories.length === 0 ? seen('category') : [...categories].toSorted(),
          intent: intents,
          language: seen('language'),
          turns: seen('turns'),
        },
        language: { detected, unknown },
      }
    },
  }
}

function isMissing(value: string): boolean {
  return value === unlabelled || value === unknownLanguage
}

/** One name for a cell by some of its dimensions. */
export function keyOf(cell: Cell, by: readonly Dimension[]): string {
  return JSON.stringify(by.map((dimension) => cell[dimension]))
}
