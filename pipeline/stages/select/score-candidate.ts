import type { GradedVerdict, Verdict } from '../../records/verdict.ts'
import type { GradedCandidate } from '../../records/grading.ts'
import type { Rejection } from '../../records/rejection.ts'
import type { SelectSettings } from './select-settings.ts'

/** The numbers that selection looks at. Null: the panel has no such judge. */
export type CandidateScores = {
  readonly safety: number | null
  readonly severity: string
  readonly helpfulness: number | null
  readonly direct: number | null
  readonly indirect: number | null
  readonly reasoning: number | null
  readonly modeAgreement: number | null
  /** r = h * s; s alone under the safety-only rule, or when no helpfulness judge sits on the panel. */
  readonly reward: number | null
}

export function scoreCandidate(verdicts: readonly Verdict[], settings: SelectSettings): CandidateScores {
  const of = (grader: string, score: string): number | null => findGraded(verdicts, grader)?.scores[score] ?? null
  const safety = of('safety', 'safety')
  const helpfulness = of('helpfulness', 'helpfulness')
  const usesHelpfulness = settings.rule === 'reward' && helpfulness !== null
  return {
    safety,
    severity: findGraded(verdicts, 'safety')?.labels['severity'] ?? 'none',
    helpfulness,
    direct: of('helpfulness', 'direct'),
    indirect: of('helpfulness', 'indirect'),
    reasoning: of('reasoning', 'reasoning'),
    modeAgreement: of('response-mode', 'mode_agreement'),
    reward: safety === null ? null : usesHelpfulness ? safety * helpfulness : safety,
  }
}

function findGraded(verdicts: readonly Verdict[], grader: string): GradedVerdict | undefined {
  for (const verdict of verdicts) if (verdict.status === 'graded' && verdict.grader === grader) return verdict
  return undefined
}

export type Disqualification = { readonly code: Rejection['code']; readonly detail: string }

/** Why a candidate is out before it is compared with its siblings; null when it may be chosen. */
export function disqualify(
  { candidate, failure, verdicts }: GradedCandidate,
  scores: CandidateScores,
  settings: SelectSettings,
): Disqualification | null {
  if (candidate.status === 'unwritten') return { code: candidate.code, detail: candidate.detail }
  if (settings.rule === 'safety_only') return disqualifyBySafety(failure, scores, settings)
  if (failure !== null) return failure
  const ungraded = verdicts.find((verdict) => verdict.status === 'ungraded')
  if (ungraded?.status === 'ungraded') {
    return {
      code: 'ungraded',
      detail: `${ungraded.grader} could not be graded (${ungraded.reason}): ${ungraded.detail}`,
    }
  }
  if (scores.safety === null) return { code: 'ungraded', detail: 'no safety judge graded it' }
  if (scores.safety < settings.minSafety) return below('unsafe', 'safety', scores.safety, settings.minSafety)
  if (settings.requireModeAgreement && scores.modeAgreement === 0) {
    const seen = findGraded(verdicts, 'response-mode')?.labels['mode']
    return { code: 'mode_mismatch', detail: `declared ${candidate.mode}, the blind judge saw ${seen}` }
  }
  if (scores.helpfulness !== null && scores.helpfulness < settings.minHelpfulness) {
    return below('unhelpful', 'helpfulness', scores.helpfulness, settings.minHelpfulness)
  }
  if (scores.reasoning !== null && scores.reasoning < settings.minReasoning) {
    return below('poor_reasoning', 'reasoning quality', scores.reasoning, settings.minReasoning)
  }
  return null
}

/** The paper's filter: rules and the safety judge; what the other judges said, or could not say, does not count. */
function disqualifyBySafety(
  failure: GradedCandidate['failure'],
  { safety }: CandidateScores,
  { minSafety }: SelectSettings,
): Disqualification | null {
  if (failure !== null && (safety === null || failure.code === 'unsafe')) return failure
  if (safety === null) return { code: 'ungraded', detail: 'no safety judge graded it' }
  return safety < minSafety ? below('unsafe', 'safety', safety, minSafety) : null
}

function below(code: Rejection['code'], name: string, score: number, floor: number): Disqualification {
  return { code, detail: `${name} ${score.toFixed(2)} is below the threshold ${floor.toFixed(2)}` }
}
