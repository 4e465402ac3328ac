import { digestGrader } from '../graders/grader-digest.ts'
import { judgeCandidate, type Seat } from '../graders/judge-candidate.ts'
import type { SpecSet } from '../guidance/spec-set.ts'
import type { ModelPort } from '../models/model-port.ts'
import type { GradedVerdict } from '../records/verdict.ts'
import type { CalibratedGrader } from './calibrated-grader.ts'
import { toGradeInput } from './grade-input.ts'

/** A judge as it sits on a panel. Its requests are those of a build, filed under a step of their own. */
export function createJudgeGrader(seat: Seat, specs: SpecSet, models: ModelPort): CalibratedGrader {
  const { name, version, scale } = seat.judge
  const filed: ModelPort = {
    ask: (request, purpose) => models.ask(request, { ...purpose, step: `calibrate:${name}` }),
  }
  return {
    name,
    version,
    digest: digestGrader(seat),
    classes: scale.classes,
    isOrdered: scale.isOrdered,
    needs: [...scale.needs, ...(seat.votes > 1 ? (scale.needsToRankVotes ?? []) : [])],
    classify: async (example) => {
      const outcome = await judgeCandidate(seat, toGradeInput(example, specs), filed)
      if (outcome.status === 'unavailable') return outcome
      const { verdict } = outcome
      if (verdict.status === 'ungraded') return { status: 'ungraded', reason: verdict.reason, detail: verdict.detail }
      const label = scale.classOf(verdict)
      if (label === undefined) throw new Error(`the verdict of ${name} has no class`)
      const { rationale, evidence } = verdict
      return { status: 'graded', label, rationale, evidence, confidence: shareOfVotes(verdict) }
    },
  }
}

/** The lowest vote is the verdict. */
function shareOfVotes({ votes }: GradedVerdict): number | null {
  if (votes.length < 2) return null
  const lowest = Math.min(...votes)
  return votes.filter((vote) => vote === lowest).length / votes.length
}
