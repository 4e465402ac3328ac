import { generalCategory, type CategoryGuidance, type SpecSet } from '../guidance/spec-set.ts'
import type { WrittenCandidate } from '../records/candidate.ts'
import type { ClassifiedPrompt } from '../records/prompt.ts'
import { computePromptId } from '../stages/collect/prompt-id.ts'
import type { Example } from './example.ts'

export type GradeInput = {
  readonly prompt: ClassifiedPrompt
  readonly candidate: WrittenCandidate
  readonly guidance: CategoryGuidance
}

/**
 * An example as the grade stage would see it. What it lacks and its grader does not need is filled in, so that requests
 * are those of a build; as in a build, a category that the set lacks is the general one.
 */
export function toGradeInput(example: Example, specs: SpecSet): GradeInput {
  const { id, location, messages, answer, reasoning, language, intent, mode } = example
  const category = example.category !== null && specs.specs.has(example.category) ? example.category : generalCategory
  const promptId = computePromptId(messages)
  return {
    prompt: {
      id: promptId,
      messages,
      family: promptId,
      category,
      intent: intent ?? 'benign',
      language,
      source: 'labels',
      location,
      categoryFrom: 'source',
      intentFrom: 'source',
      classifiedBy: [],
    },
    candidate: {
      status: 'written',
      id: `c_${id.slice(0, 20)}`,
      promptId,
      repeat: 0,
      requests: [id],
      model: 'labels',
      reasoning: reasoning ?? '',
      mode: mode ?? 'direct_answer',
      answer,
      citedClauses: [],
    },
    guidance: specs.forCategory(category),
  }
}
