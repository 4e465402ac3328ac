import { z } from 'zod'
import { synthesisSteps, type SyntheticPrompt, type SyntheticRejection } from '../records/synthetic-prompt.ts'
import type { FamilyEnd } from './complete-families.ts'
import type { Outcome } from './verify-draft.ts'

const countSchema = z.record(z.string(), z.int())

export const synthesisCountsSchema = z.strictObject({
  topics: z.int(),
  /** Places for a prompt: families x intents x wordings x languages. */
  slots: z.int(),
  accepted: z.int(),
  /** Step to reason code to slots. */
  rejected: z.record(z.string(), countSchema),
  /** Slots of families that wait for an answer; a set with any is not written. */
  open: z.int(),
  families: z.strictObject({ complete: z.int(), incomplete: z.int(), empty: z.int() }),
  /** Of the accepted prompts. */
  intents: countSchema,
  categories: countSchema,
  languages: countSchema,
  variants: countSchema,
  /** Accepted prompts whose language could not be told: short ones, and languages that are not detected. */
  languageUnchecked: z.int(),
  /** Accepted prompts that the verifier put into another category than their topic's. */
  otherCategory: z.int(),
})
/** What became of every slot of a synthesis. */
export type SynthesisCounts = Readonly<z.infer<typeof synthesisCountsSchema>>

export type SynthesisCounter = {
  readonly countOpen: (slots: number) => void
  readonly countFamily: (state: FamilyEnd['state']) => void
  readonly count: (outcome: Outcome) => void
  readonly read: () => SynthesisCounts
}

export function createSynthesisCounter(plan: { readonly topics: number; readonly slots: number }): SynthesisCounter {
  const rejected = new Map<string, number>()
  const labels = { intents: newTally(), categories: newTally(), languages: newTally(), variants: newTally() }
  const families = { complete: 0, incomplete: 0, empty: 0 }
  let [accepted, open, languageUnchecked, otherCategory] = [0, 0, 0, 0]
  const countAccepted = (row: SyntheticPrompt): void => {
    const { intent, category, language, variant } = row
    accepted += 1
    if (!row.language_checked) languageUnchecked += 1
    if (row.verified_category !== category) otherCategory += 1
    increment(labels.intents, intent)
    increment(labels.categories, category)
    increment(labels.languages, language)
    increment(labels.variants, variant)
  }
  const countRejected = ({ stage, code }: SyntheticRejection): void => increment(rejected, `${stage} ${code}`)
  return {
    countOpen: (slots) => void (open += slots),
    countFamily: (state) => void (families[state] += 1),
    count: (outcome) => (outcome.status === 'made' ? countAccepted(outcome.row) : countRejected(outcome.row)),
    read: () => ({
      ...plan,
      accepted,
      rejected: groupByStep(rejected),
      open,
      families: { ...families },
      intents: toRecord(labels.intents),
      categories: toRecord(labels.categories),
      languages: toRecord(labels.languages),
      variants: toRecord(labels.variants),
      languageUnchecked,
      otherCategory,
    }),
  }
}

/** Nothing vanishes: every slot is accepted, rejected or open. Null where the sum comes out even. */
export function findSlotImbalance({ slots, accepted, rejected, open }: SynthesisCounts): string | null {
  const all = Object.values(rejected).reduce((sum, codes) => sum + sumOf(codes), 0)
  if (slots === accepted + all + open) return null
  return `${slots} slots are not ${accepted} accepted + ${all} rejected + ${open} open`
}

function sumOf(codes: Readonly<Record<string, number>>): number {
  return Object.values(codes).reduce((sum, count) => sum + count, 0)
}

function newTally(): Map<string, number> {
  return new Map()
}

function increment(tally: Map<string, number>, key: string): void {
  tally.set(key, (tally.get(key) ?? 0) + 1)
}

function toRecord(tally: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...tally].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function groupByStep(tally: ReadonlyMap<string, number>): Record<string, Record<string, number>> {
  return Object.fromEntries(
    synthesisSteps.flatMap((step) => {
      const codes = [...tally].filter(([key]) => key.startsWith(`${step} `))
      if (codes.length === 0) return []
      return [[step, toRecord(new Map(codes.map(([key, count]) => [key.slice(step.length + 1), count])))]]
    }),
  )
}
