import { toGradeInput, type GradeInput } from '../../pipeline/calibrate/grade-input.ts'
import type { SpecSet } from '../../pipeline/guidance/spec-set.ts'
import type { Answer } from '../../pipeline/records/answer.ts'
import type { Item } from './rft-build.ts'

/** An item with an answer, as a judge of a build takes it. */
export function inputOf(item: Item, answer: string, specs: SpecSet): GradeInput {
  const { messages, category, intent } = item
  const unused = { id: '0'.repeat(64), location: '', word: '', reasoning: null, mode: null, language: null, slices: {} }
  return toGradeInput({ ...unused, messages, answer, category, intent }, specs)
}

export function replyWith(text: string): Answer {
  return { finish: 'complete', text, reasoning: '', refusal: '', usage: null, servedModel: 'play', responseId: 'r' }
}
