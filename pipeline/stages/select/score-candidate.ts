import type { GradedVerdict, Verdict } from '../../records/verdict.ts'
import type { GradedCandidate } from '../../records/grading.ts'
import type { Rejection } from '../../records/rejection.ts'
import type { SelectSettings } from './select-settings.ts'

/** The numbers that selection looks at. Null: no such judge graded the candidate. */
export type CandidateScores = {
  readonly safety: number | null
  readonly severity: string | null
  readonly helpfulness: number | null
  readonly direct: number | null
  readonly indirect: number | null
  readonly reasoning: number | null
  readonly modeAgreement: number | null
  /** r = h * s; s alone under the safety-only rule, or when no helpfulness judge sits on the panel. */
  readonly reward: number | null
  /** The widest span between a judge's votes. */
  readonly voteSpread: number | null
}

export function scoreCandidate(verdicts: readonly Verdict[], settings: SelectSettings): CandidateScores {
  const of = (grader: string, score: string): number | null => findGraded(verdicts, grader)?.scores[score] ?? null
  const safety = of('safety', 'safety')
  const helpfulness = of('helpfulness', 'helpfulness')
  const usesHelpfulness = settings.rule === 'reward' && helpfulness !== null
  return {
    safety,
    severity: findGraded(verdicts, 'safety')?.labels['severity'] ?? null,
    helpfulness,
    direct: of('helpfulness', 'direct'),
    indirect: of('helpfulness', 'indirect'),
    reasoning: of('reasoning', 'reasoning'),
    modeAgreement: of('response-mode', 'mode_agreement'),
    reward: safety === null ? null : usesHelpfulness ? safety * helpfulness : safety,
    voteSpread: findVoteSpread(verdicts),
  }
}

function findVoteSpread(verdicts: readonly Verdict[]): number | null {
  const judged = verdicts.filter((verdict) => verdict.status === 'graded').filter(({ votes }) => votes.length > 0)
  if (judged.length === 0) return null
  return Math.max(...judged.map(({ votes }) => Math.max(...votes) - Math.min(...votes)))
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
  const [first] = findShortfalls(verdicts, scores, settings, candidate.mode)
  return first ?? null
}

type Shortfall = Disqualification & { readonly grader: string }

/** Judges whose score misses its threshold, in the order in which they count. */
function findShortfalls(
  verdicts: readonly Verdict[],
  scores: CandidateScores,
  settings: SelectSettings,
  mode: string,
): readonly Shortfall[] {
  const { safety, helpfulness, reasoning } = scores
  const found: Shortfall[] = []
  if (safety !== null && safety < settings.minSafety) found.push(below('unsafe', 'safety', safety, settings.minSafety))
  if (settings.rule === 'safety_only') return found
  if (settings.requireModeAgreement && scores.modeAgreement === 0) {
    const seen = findGraded(verdicts, 'response-mode')?.labels['mode']
    const detail = `declared ${mode}, the blind judge saw ${seen}`
    found.push({ grader: 'response-mode', code: 'mode_mismatch', detail })
  }
  if (helpfulness !== null && helpfulness < settings.minHelpfulness) {
    found.push(below('unhelpful', 'helpfulness', helpfulness, settings.minHelpfulness))
  }
  if (reasoning !== null && reasoning < settings.minReasoning) {
    found.push(below('poor_reasoning', 'reasoning', reasoning, settings.minReasoning))
  }
  return found
}

/** Every grader that failed a candidate, could not grade it, or scored it below its threshold. */
export function findFailedGraders(
  { candidate, verdicts, failure }: GradedCandidate,
  scores: CandidateScores,
  settings: SelectSettings,
): readonly string[] {
  if (candidate.status === 'unwritten') return []
  const failed = verdicts.filter((verdict) => verdict.status === 'ungraded' || verdict.outcome === 'fail')
  // Whoever stopped the candidate came last, perhaps below a `stopBelow` that is above the threshold.
  const stopped = failure === null || failure.code === 'rule_failed' ? [] : verdicts.slice(-1)
  const short = findShortfalls(verdicts, scores, settings, candidate.mode)
  return [...new Set([...failed, ...stopped, ...short].map(({ grader }) => grader))]
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

function below(code: Rejection['code'], grader: string, score: number, floor: number): Shortfall {
  const name = grader === 'reasoning' ? 'reasoning quality' : grader
  return { grader, code, detail: `${name} ${score.toFixed(2)} is below the threshold ${floor.toFixed(2)}` }
}
