import type { WrittenCandidate } from '../../records/candidate.ts'
import type { GradedCandidate, GradedPrompt } from '../../records/grading.ts'
import type { Rejection } from '../../records/rejection.ts'
import type { Sample } from '../../records/sample.ts'
import { rejectCandidate, rejectSelected } from '../reject.ts'
import { applyMixture, type Winner } from './apply-mixture.ts'
import { disqualify, scoreCandidate, type CandidateScores, type Disqualification } from './score-candidate.ts'
import type { SelectSettings } from './select-settings.ts'

/** A sample before the split is known. */
export type Selected = Omit<Sample, 'split'>

export type SelectContext = {
  readonly settings: SelectSettings
  readonly templateDigest: string
  readonly specDigestOf: (category: string) => string
  /** Why a sample cannot be written in the build's trainer format; null when it can. */
  readonly findFormatConflict: (sample: Selected) => string | null
  readonly reject: (rejection: Rejection) => void
  /** Keeps winners on disk until the mixture is known: the whole set is never in memory. */
  readonly winners: WinnerSpool
}

export type WinnerSpool = {
  readonly append: (winner: Selected) => void
  /** Winners in order of id. */
  readonly read: () => Iterable<Selected>
}

/**
 * Per prompt the best candidate by reward among those that pass the thresholds (ties: the better reasoning, then the lower
 * repeat number), then the mixture caps over all winners. Every loser is rejected with a code. Reads its input to the end before it yields.
 */
export const select = {
  name: 'select',
  version: 2,
  async *run(rows: AsyncIterable<GradedPrompt>, context: SelectContext): AsyncGenerator<Selected> {
    const remembered: Winner[] = []
    for await (const row of rows) {
      const winner = selectOne(row, context)
      if (winner === null) continue
      const { id, category, mode, intent, language, source, reward } = winner
      remembered.push({ id, category, mode, intent, language, source, reward })
      context.winners.append(winner)
    }
    const cuts = new Map(applyMixture(remembered, context.settings.mixture).map((cut) => [cut.id, cut.detail]))
    for (const winner of context.winners.read()) {
      const detail = cuts.get(winner.id)
      if (detail === undefined) yield winner
      else context.reject(rejectSelected(winner, { stage: 'select', code: 'mixture_cap', detail }))
    }
  },
} as const

type Contender = { readonly graded: GradedCandidate; readonly scores: CandidateScores; readonly sample: Selected }

function selectOne(row: GradedPrompt, context: SelectContext): Selected | null {
  const { prompt } = row
  let best: Contender | null = null
  const losers: Contender[] = []
  for (const graded of row.candidates) {
    const contender = qualify(prompt, graded, context)
    if (contender === null) continue
    if (best === null || isBetter(contender.scores, best.scores)) {
      if (best !== null) losers.push(best)
      best = contender
    } else {
      losers.push(contender)
    }
  }
  if (best === null) return null
  const { id, reward } = best.sample
  for (const { graded, sample } of losers) {
    const detail = `candidate ${id} has reward ${reward.toFixed(2)}, this one ${sample.reward.toFixed(2)}`
    const reason = { stage: 'select', code: 'outranked', detail } as const
    context.reject(rejectCandidate(prompt, graded.candidate, reason, graded.verdicts, sample.reward))
  }
  return best.sample
}

/** A candidate that may be chosen; the others are rejected here, before any of them can beat a sibling. */
function qualify(prompt: GradedPrompt['prompt'], graded: GradedCandidate, context: SelectContext): Contender | null {
  const { candidate, verdicts, failure } = graded
  const scores = scoreCandidate(verdicts, context.settings)
  const reject = (reason: Disqualification): null => {
    const stage = candidate.status === 'unwritten' ? 'generate' : failure === null ? 'select' : 'grade'
    context.reject(rejectCandidate(prompt, candidate, { stage, ...reason }, verdicts, scores.reward))
    return null
  }
  const reason = disqualify(graded, scores, context.settings)
  if (reason !== null) return reject(reason)
  if (candidate.status === 'unwritten') return reject({ code: candidate.code, detail: candidate.detail })
  const { safety, reward } = scores
  if (safety === null || reward === null) return reject({ code: 'ungraded', detail: 'no safety judge graded it' })
  const sample = toSelected(prompt, candidate, graded, { ...scores, safety, reward }, context)
  const conflict = context.findFormatConflict(sample)
  return conflict === null ? { graded, scores, sample } : reject({ code: 'format_conflict', detail: conflict })
}

function isBetter(one: CandidateScores, other: CandidateScores): boolean {
  const byReward = (one.reward ?? 0) - (other.reward ?? 0)
  return byReward === 0 ? (one.reasoning ?? 0) > (other.reasoning ?? 0) : byReward > 0
}

function toSelected(
  prompt: GradedPrompt['prompt'],
  candidate: WrittenCandidate,
  { verdicts, writtenUnder }: GradedCandidate,
  scores: CandidateScores & { readonly safety: number; readonly reward: number },
  context: SelectContext,
): Selected {
  const certifiedSpecDigest = context.specDigestOf(prompt.category)
  return {
    id: candidate.id,
    promptId: prompt.id,
    family: prompt.family,
    category: prompt.category,
    intent: prompt.intent,
    language: prompt.language,
    source: prompt.source,
    location: prompt.location,
    prompt: prompt.messages,
    reasoning: candidate.reasoning,
    answer: candidate.answer,
    mode: candidate.mode,
    citedClauses: candidate.citedClauses,
    safety: scores.safety,
    severity: scores.severity,
    helpfulness: scores.helpfulness,
    directHelpfulness: scores.direct,
    indirectHelpfulness: scores.indirect,
    reasoningQuality: scores.reasoning,
    reward: scores.reward,
    verdicts,
    specDigest: writtenUnder?.specDigest ?? certifiedSpecDigest,
    certifiedSpecDigest,
    templateDigest: writtenUnder?.templateDigest ?? context.templateDigest,
    model: candidate.model,
    requests: [...prompt.classifiedBy, ...candidate.requests, ...verdicts.flatMap((verdict) => verdict.requests)],
  }
}
