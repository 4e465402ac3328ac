import { hash } from 'node:crypto'
import { generalCategory } from '../guidance/spec-set.ts'
import type { ClassifiedPrompt, Prompt } from '../records/prompt.ts'
import type { SpoolTable } from '../spool/spool.ts'
import { anyValue, isCapped, isLookedAt, type QuotaRules } from './quota-rules.ts'

/**
 * Prompts that nobody can tell apart before they are answered. A dimension is null where the source gives no label, and `*`
 * where nothing looks at it: such prompts are drawn as they come, so that the pool's mixture stays.
 */
export type Stratum = {
  readonly category: string | null
  readonly intent: string | null
  readonly language: string
  readonly source: string
}

export type PromptPool = {
  readonly add: (prompt: Prompt) => void
  /** Key to stratum and the number of its prompts, in order of the key. */
  readonly strata: () => readonly { readonly key: string; readonly stratum: Stratum; readonly prompts: number }[]
  /** The next prompts of a stratum, in an order that is dealt by `seed` and the prompts' ids. */
  readonly take: (key: string, count: number) => Generator<Prompt>
  /** What was not taken. */
  readonly rest: () => Generator<Prompt>
  readonly keyOf: (prompt: Prompt | ClassifiedPrompt) => string
}

export type PoolOptions = {
  readonly rules: QuotaRules
  readonly seed: number
  readonly table: SpoolTable<Prompt>
}

export function createPromptPool({ rules, seed, table }: PoolOptions): PromptPool {
  const splits = {
    category: isLookedAt(rules, 'category'),
    // A prompt's intent is what decides its mode more than anything else that is known before.
    intent: isLookedAt(rules, 'intent') || isLookedAt(rules, 'mode'),
    language: isCapped(rules.caps, 'language'),
    source: isCapped(rules.caps, 'source'),
  }
  const strata = new Map<string, { readonly stratum: Stratum; prompts: number }>()
  const taken = new Map<string, string>()
  // As the classify stage does it.
  const toKnownCategory = (given: string): string => (rules.modesOf.has(given) ? given : generalCategory)

  const stratumOf = (prompt: Prompt | ClassifiedPrompt): Stratum => {
    const category = isGiven(prompt, 'categoryFrom') ? prompt.category : null
    const intent = isGiven(prompt, 'intentFrom') ? prompt.intent : null
    return {
      category: !splits.category ? anyValue : category === null ? null : toKnownCategory(category),
      intent: splits.intent ? intent : anyValue,
      language: splits.language ? String(prompt.language) : anyValue,
      source: splits.source ? prompt.source : anyValue,
    }
  }
  const rowKeyOf = (key: string, { id }: Pick<Prompt, 'id'>): string => `${key}/${placeInLine(seed, id)}`
  const keyOf = (prompt: Prompt | ClassifiedPrompt): string => keyOfStratum(stratumOf(prompt))

  return {
    keyOf,
    add(prompt) {
      const stratum = stratumOf(prompt)
      const key = keyOfStratum(stratum)
      const known = strata.get(key) ?? { stratum, prompts: 0 }
      strata.set(key, known)
      known.prompts += 1
      table.append(rowKeyOf(key, prompt), prompt)
    },
    strata: () =>
      [...strata]
        .map(([key, { stratum, prompts }]) => ({ key, stratum, prompts }))
        .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    *take(key, count) {
      if (count <= 0) return
      let left = count
      for (const prompt of table.read({ prefix: `${key}/`, after: taken.get(key) ?? null })) {
        taken.set(key, rowKeyOf(key, prompt))
        yield prompt
        left -= 1
        if (left === 0) return
      }
    },
    *rest() {
      for (const key of [...strata.keys()].toSorted()) {
        yield* table.read({ prefix: `${key}/`, after: taken.get(key) ?? null })
      }
    },
  }
}

/** A prompt's place in the order of drawing, as text to sort by: from the seed and its id alone. */
export function placeInLine(seed: number, promptId: string): string {
  return `${hash('sha256', JSON.stringify(['draw', seed, promptId])).slice(0, 16)} ${promptId}`
}

function keyOfStratum({ category, intent, language, source }: Stratum): string {
  return JSON.stringify([category, intent, language, source])
}

/** A label that the classifier gave was not known when the prompt was put into its stratum. */
function isGiven(prompt: Prompt | ClassifiedPrompt, origin: 'categoryFrom' | 'intentFrom'): boolean {
  return !('categoryFrom' in prompt) || prompt[origin] === 'source'
}
