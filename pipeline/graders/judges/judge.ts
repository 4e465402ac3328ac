import type { ClassifiedPrompt } from '../../records/prompt.ts'
import type { WrittenCandidate } from '../../records/candidate.ts'
import type { ResponseSchema } from '../../records/request.ts'
import type { CategoryGuidance } from '../../guidance/spec-set.ts'
import type { TemplateValue } from '../../guidance/template.ts'
import type { Answer } from '../../records/answer.ts'
import type { Reading } from '../../models/ask-in-form.ts'
import type { GradeFailure } from '../../records/grading.ts'
import type { GradedVerdict } from '../../records/verdict.ts'
import type { ExampleField } from '../example-field.ts'

export type JudgeInput = {
  readonly prompt: ClassifiedPrompt
  readonly candidate: WrittenCandidate
  readonly guidance: CategoryGuidance
}

/** One vote of a judge, read and checked. */
export type Vote = {
  readonly scores: Readonly<Record<string, number>>
  readonly labels: Readonly<Record<string, string>>
  readonly clauses: readonly string[]
  readonly rationale: string
}

/** How a judge's verdicts are compared with what people said of the same answers (`safe-completions calibrate`). */
export type JudgeScale = {
  readonly classes: readonly string[]
  /** The classes stand in order, so that some disagreements are farther than others. */
  readonly isOrdered: boolean
  /** What the judge reads besides the conversation and the answer. */
  readonly needs: readonly ExampleField[]
  /** What it needs beyond that to say which of several votes is the lowest. */
  readonly needsToRankVotes?: readonly ExampleField[]
  readonly classOf: (verdict: Pick<GradedVerdict, 'scores' | 'labels'>) => string | undefined
}

/** A model judge as data: what it asks and how its reply is read. The grade stage does the asking. */
export type Judge = {
  readonly name: string
  /** Bump when the reading of a reply changes; a template's edit changes the request itself. */
  readonly version: number
  readonly about: string
  /** Template id under prompts/. */
  readonly template: string
  readonly schema: ResponseSchema
  /** The score that votes are ranked by (the minimum counts) and that `stopBelow` looks at. */
  readonly mainScore: string
  /** The rejection code of a candidate that this judge stops. */
  readonly failureCode: GradeFailure['code']
  readonly scale: JudgeScale
  readonly variables: (input: JudgeInput) => Readonly<Record<string, TemplateValue>>
  readonly read: (answer: Answer, input: JudgeInput) => Reading<Vote>
}
