import { gradeCandidate, type GradeSettings } from '../../graders/grade-candidate.ts'
import type { GradedCandidate, GradedPrompt, PromptWithCandidates } from '../../records/grading.ts'
import { mapRows } from '../map-rows.ts'
import type { StageContext } from '../stage.ts'

/** Grades every new candidate of a prompt; an earlier one that came along was graded when it was looked at again. */
export const grade = {
  name: 'grade',
  version: 1,
  run(
    rows: AsyncIterable<PromptWithCandidates>,
    settings: GradeSettings,
    context: StageContext,
  ): AsyncIterable<GradedPrompt> {
    return mapRows(rows, context.rowsInFlight, async ({ prompt, candidates, earlier }) => {
      const guidance = context.specs.forCategory(prompt.category)
      const outcomes = await Promise.all(
        candidates.map((candidate) => gradeCandidate(prompt, candidate, guidance, settings, context.models)),
      )
      const graded: GradedCandidate[] = []
      for (const outcome of outcomes) {
        if ('status' in outcome) {
          context.leaveOpen({ promptId: prompt.id, category: prompt.category, step: 'grade', reply: outcome })
          return undefined
        }
        graded.push(outcome)
      }
      return { prompt, candidates: earlier === null ? graded : [...graded, earlier] }
    })
  },
} as const
