import type { Intent } from '../records/prompt.ts'
import type { Slot } from '../records/synthetic-prompt.ts'
import type { SynthesisConfig } from './synthesis-config.ts'
import type { Topic } from './topic.ts'

/** One task of a topic, to be written in all its variants. */
export type FamilyJob = {
  readonly topic: Topic
  /** 0-based number of the task among those of its topic: the repeat number of the writer's request. */
  readonly draw: number
  readonly family: string
  /** Of the topic among all topics. */
  readonly position: number
}

/** A slot with its place in the output. */
export type PlacedSlot = { readonly slot: Slot; readonly key: string }

type Shape = Pick<SynthesisConfig, 'intents' | 'paraphrases' | 'languages'>

export function* listFamilies(topics: readonly Topic[], familiesPerTopic: number): Generator<FamilyJob> {
  for (const [position, topic] of topics.entries()) {
    for (let draw = 0; draw < familiesPerTopic; draw += 1) {
      yield { topic, draw, family: `${topic.id}-${draw + 1}`, position }
    }
  }
}

export function countSlots({ intents, paraphrases, languages }: Shape): number {
  return intents.length * (1 + paraphrases) * languages.length
}

/** @param form 0 for the original, 1 for the first paraphrase, ... */
export function placeSlot(
  { topic, draw, family, position }: FamilyJob,
  { intents, languages }: Shape,
  intent: Intent,
  form: number,
  language: string,
): PlacedSlot {
  const numbers = [position, draw, intents.indexOf(intent), form, languages.indexOf(language)]
  const variant = form === 0 ? 'original' : `paraphrase-${form}`
  return {
    key: numbers.map((number) => String(number).padStart(6, '0')).join('.'),
    slot: { family, topic: topic.id, category: topic.category, intent, variant, language },
  }
}

export function nameSlot({ family, intent, variant, language }: Slot): string {
  return `${family}/${intent}/${variant}/${language}`
}

/** Requests of each step. */
export type StepCounts = Readonly<Record<'paraphrase' | 'translate' | 'verify', number>>

/** What may still be asked once an answer is there, at most and repairs aside. */
export function countLater(
  after: 'write' | 'original' | 'paraphrase' | 'form' | 'translate',
  shape: Shape,
): StepCounts {
  const { intents, paraphrases } = shape
  const others = shape.languages.length - 1
  switch (after) {
    case 'write': {
      const { paraphrase, translate, verify } = countLater('original', shape)
      const variants = intents.length
      return { paraphrase: paraphrase * variants, translate: translate * variants, verify: (verify + 1) * variants }
    }
    case 'original':
      return {
        paraphrase: paraphrases > 0 ? 1 : 0,
        translate: (1 + paraphrases) * others,
        verify: paraphrases + (1 + paraphrases) * others,
      }
    case 'paraphrase':
      return { paraphrase: 0, translate: paraphrases * others, verify: paraphrases * (1 + others) }
    case 'form':
      return { paraphrase: 0, translate: others, verify: others }
    case 'translate':
      return { paraphrase: 0, translate: 0, verify: 1 }
  }
}
