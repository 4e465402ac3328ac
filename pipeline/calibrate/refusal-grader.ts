import { digestGrader } from '../graders/grader-digest.ts'
import { classifyRefusal, refusalGraderVersion } from '../graders/refusal/classify-refusal.ts'
import type { CalibratedGrader } from './calibrated-grader.ts'

export const refusalGraderName = 'refusal'

/** The refusal classifier that needs no model. It reads the last user turn and the answer. */
export function createRefusalGrader(): CalibratedGrader {
  const identity = { name: refusalGraderName, version: refusalGraderVersion }
  return {
    ...identity,
    digest: digestGrader(identity),
    classes: ['full_compliance', 'partial_refusal', 'full_refusal'],
    isOrdered: true,
    needs: [],
    classify: async ({ messages, answer }) => {
      const { label, rationale, evidence } = classifyRefusal(answer, messages.at(-1)?.content ?? '')
      return { status: 'graded', label, rationale, evidence, confidence: null }
    },
  }
}
