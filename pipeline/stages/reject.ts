import type { GradedCandidate } from '../records/grading.ts'
import type { Ruling } from '../records/decision.ts'
import type { ClassifiedPrompt, Prompt } from '../records/prompt.ts'
import type { Rejection } from '../records/rejection.ts'
import type { Sample } from '../records/sample.ts'

type Reason = Pick<Rejection, 'stage' | 'code' | 'detail'> & { readonly evidence?: readonly string[] }

/** The columns of a rejection that only a candidate fills. */
export const withoutCandidate = {
  candidateId: null,
  mode: null,
  reasoning: null,
  answer: null,
  citedClauses: [],
  safety: null,
  severity: null,
  helpfulness: null,
  reasoningQuality: null,
  reward: null,
  verdicts: [],
  failedGraders: [],
  voteSpread: null,
  decisions: [],
  contentDigest: null,
  model: null,
} as const satisfies Partial<Rejection>

export function rejectPrompt(
  prompt: Prompt | ClassifiedPrompt,
  reason: Reason,
  requests: readonly string[] = [],
): Rejection {
  return {
    stage: reason.stage,
    code: reason.code,
    detail: reason.detail,
    evidence: reason.evidence ?? [],
    source: prompt.source,
    location: prompt.location,
    promptId: prompt.id,
    family: prompt.family,
    category: prompt.category,
    intent: prompt.intent,
    language: prompt.language,
    messages: prompt.messages,
    requests,
    ...withoutCandidate,
  }
}

/** What selection found out about a candidate, whatever becomes of it. */
export type Findings = Pick<
  Rejection,
  | 'safety'
  | 'severity'
  | 'helpfulness'
  | 'reasoningQuality'
  | 'reward'
  | 'failedGraders'
  | 'voteSpread'
  | 'verdicts'
  | 'decisions'
> & { readonly contentDigest: string; readonly decisions: readonly Ruling[] }

export function rejectCandidate(
  prompt: ClassifiedPrompt,
  { candidate, verdicts }: GradedCandidate,
  reason: Reason,
  findings: Findings,
): Rejection {
  const isWritten = candidate.status === 'written'
  return {
    ...rejectPrompt(prompt, reason),
    ...findings,
    candidateId: candidate.id,
    mode: isWritten ? candidate.mode : null,
    reasoning: isWritten ? candidate.reasoning : null,
    answer: isWritten ? candidate.answer : candidate.text,
    citedClauses: isWritten ? candidate.citedClauses : [],
    requests: [...prompt.classifiedBy, ...candidate.requests, ...verdicts.flatMap((verdict) => verdict.requests)],
    model: candidate.model,
  }
}

/** A winner that is cut after all. */
export function rejectSelected(winner: Omit<Sample, 'split'>, reason: Reason): Rejection {
  return {
    stage: reason.stage,
    code: reason.code,
    detail: reason.detail,
    evidence: reason.evidence ?? [],
    source: winner.source,
    location: winner.location,
    promptId: winner.promptId,
    candidateId: winner.id,
    family: winner.family,
    category: winner.category,
    intent: winner.intent,
    language: winner.language,
    messages: winner.prompt,
    mode: winner.mode,
    reasoning: winner.reasoning,
    answer: winner.answer,
    citedClauses: winner.citedClauses,
    safety: winner.safety,
    severity: winner.severity,
    helpfulness: winner.helpfulness,
    reasoningQuality: winner.reasoningQuality,
    reward: winner.reward,
    verdicts: winner.verdicts,
    failedGraders: winner.failedGraders,
    voteSpread: winner.voteSpread,
    decisions: winner.decisions,
    contentDigest: winner.contentDigest,
    requests: winner.requests,
    model: winner.model,
  }
}
