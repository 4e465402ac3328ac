import { digestContent } from '../../decisions/content-digest.ts'
import type { WrittenCandidate } from '../../records/candidate.ts'
import type { Standing } from '../../records/decision.ts'
import type { GradedCandidate, GradedPrompt } from '../../records/grading.ts'
import type { Rejection } from '../../records/rejection.ts'
import type { Sample } from '../../records/sample.ts'
import type { MeasuredLength } from '../../records/token-count.ts'
import { rejectCandidate, rejectSelected, type Findings } from '../reject.ts'
import { createMixture, rankOf } from './apply-mixture.ts'
import {
  disqualify,
  findFailedGraders,
  scoreCandidate,
  type CandidateScores,
  type Disqualification,
} from './score-candidate.ts'
import type { SelectSettings } from './select-settings.ts'

/** A sample before the split is known. */
export type Selected = Omit<Sample, 'split'>

export type SelectContext = {
  readonly settings: SelectSettings
  readonly templateDigest: string
  readonly specDigestOf: (category: string) => string
  /** What auditors decided about a text, by its digest; null where nothing stands. */
  readonly findStanding: (contentDigest: string) => Standing | null
  /** Why a sample cannot be written in the build's trainer format; null when it can. */
  readonly findFormatConflict: (sample: Selected) => string | null
  /** How long a sample is for the trainer; null where the build counts no tokens. */
  readonly measureLength: ((sample: Selected) => MeasuredLength) | null
  readonly reject: (rejection: Rejection) => void
  /** Keeps winners on disk until all are known: the whole set is never in memory. */
  readonly winners: WinnerSpool
}

export type WinnerSpool = {
  readonly append: (rank: string, winner: Selected) => void
  /** Winners in order of rank. */
  readonly read: () => Iterable<Selected>
}

/**
 * Per prompt the best candidate by reward among those that pass the thresholds (ties: the better reasoning, then the lower
 * repeat number), then the mixture caps over all winners. What an auditor decided about a candidate's text goes before
 * what graders said of it. What no row can hold, or is too long for the trainer, is out before it can beat a sibling. Every loser is rejected with a code. Reads its input to the end before it yields.
 */
export const select = {
  name: 'select',
  version: 4,
  async *run(rows: AsyncIterable<GradedPrompt>, context: SelectContext): AsyncGenerator<Selected> {
    for await (const row of rows) {
      const winner = selectOne(row, context)
      if (winner !== null) context.winners.append(rankOf(winner), winner)
    }
    const mixture = createMixture(context.settings.mixture)
    for (const winner of context.winners.read()) {
      const detail = mixture.take(winner)
      if (detail === null) yield winner
      else context.reject(rejectSelected(winner, { stage: 'select', code: 'mixture_cap', detail }))
    }
  },
} as const

/** A candidate that passed. */
export type Contender = { readonly graded: GradedCandidate; readonly findings: Findings; readonly sample: Selected }

function selectOne(row: GradedPrompt, context: SelectContext): Selected | null {
  const { prompt } = row
  let best: Contender | null = null
  const losers: Contender[] = []
  for (const graded of row.candidates) {
    const contender = qualify(prompt, graded, context)
    if (contender === null) continue
    if (best === null || isBetter(contender.sample, best.sample)) {
      if (best !== null) losers.push(best)
      best = contender
    } else {
      losers.push(contender)
    }
  }
  if (best === null) return null
  for (const { graded, findings, sample } of losers) {
    const detail = describeLoss(best.sample, sample)
    context.reject(rejectCandidate(prompt, graded, { stage: 'select', code: 'outranked', detail }, findings))
  }
  return best.sample
}

export function describeLoss(winner: Selected, loser: Selected): string {
  const isDecided = winner.decisions.length > 0 && loser.decisions.length === 0
  const name = isDecided ? `candidate ${winner.id}, which an auditor accepted,` : `candidate ${winner.id}`
  return `${name} has reward ${renderReward(winner)}, this one ${renderReward(loser)}`
}

function renderReward({ reward }: Selected): string {
  return reward === null ? 'none' : reward.toFixed(2)
}

/** A candidate that may be chosen; the others are rejected here, before any of them can beat a sibling. */
export function qualify(
  prompt: GradedPrompt['prompt'],
  graded: GradedCandidate,
  context: Omit<SelectContext, 'winners'>,
): Contender | null {
  const { candidate, verdicts, failure } = graded
  const scores = scoreCandidate(verdicts, context.settings)
  const contentDigest = digestContent(prompt.messages, candidate)
  const standing = context.findStanding(contentDigest)
  const findings: Findings = {
    safety: scores.safety,
    severity: scores.severity,
    helpfulness: scores.helpfulness,
    reasoningQuality: scores.reasoning,
    reward: scores.reward,
    failedGraders: findFailedGraders(graded, scores, context.settings),
    voteSpread: scores.voteSpread,
    verdicts,
    decisions: standing?.rulings ?? [],
    contentDigest,
  }
  const reject = (stage: Rejection['stage'], reason: Disqualification): null => {
    context.reject(rejectCandidate(prompt, graded, { stage, ...reason }, findings))
    return null
  }
  if (candidate.status === 'unwritten') {
    return reject('generate', { code: candidate.code, detail: candidate.detail })
  }
  const reason = standing?.verdict === 'accept' ? null : disqualify(graded, scores, context.settings)
  if (reason !== null) return reject(failure === null ? 'select' : 'grade', reason)
  if (standing?.verdict === 'reject')
    return reject('select', { code: 'overruled', detail: describeOverruling(standing) })
  const sample = toSelected(prompt, candidate, graded, scores, findings, context)
  const conflict = context.findFormatConflict(sample)
  if (conflict !== null) return reject('select', { code: 'format_conflict', detail: conflict })
  const length = context.measureLength?.(sample)
  if (length === undefined) return { graded, findings, sample }
  return length.status === 'fits'
    ? { graded, findings, sample: { ...sample, tokens: length.tokens } }
    : reject('select', length)
}

function describeOverruling({ rulings, isConflict }: Standing): string {
  const words = rulings
    .filter(({ action }) => action === 'reject')
    .map(({ by, decidedAt, reason }) => `rejected by ${by} on ${decidedAt.slice(0, 10)}: ${reason}`)
  const accepted = rulings.filter(({ action }) => action === 'accept').map(({ by }) => by)
  return [...words, ...(isConflict ? [`accepted by ${accepted.join(', ')}; a reject outweighs it`] : [])].join('; ')
}

/** An auditor's word, then the reward, then the reasoning; of equals the first stays. */
export function isBetter(one: Selected, other: Selected): boolean {
  const byDecision = Math.sign(one.decisions.length) - Math.sign(other.decisions.length)
  if (byDecision !== 0) return byDecision > 0
  const byReward = (one.reward ?? 0) - (other.reward ?? 0)
  return byReward === 0 ? (one.reasoningQuality ?? 0) > (other.reasoningQuality ?? 0) : byReward > 0
}

function toSelected(
  prompt: GradedPrompt['prompt'],
  candidate: WrittenCandidate,
  { verdicts, writtenUnder }: GradedCandidate,
  scores: CandidateScores,
  findings: Findings,
  context: Omit<SelectContext, 'winners'>,
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
    directHelpfulness: scores.direct,
    indirectHelpfulness: scores.indirect,
    ...findings,
    specDigest: writtenUnder?.specDigest ?? certifiedSpecDigest,
    certifiedSpecDigest,
    templateDigest: writtenUnder?.templateDigest ?? context.templateDigest,
    model: candidate.model,
    requests: [...prompt.classifiedBy, ...candidate.requests, ...verdicts.flatMap((verdict) => verdict.requests)],
  }
}
