import type { Candidate } from '../records/candidate.ts'
import type { ClassifiedPrompt, Prompt } from '../records/prompt.ts'
import type { Rejection } from '../records/rejection.ts'
import type { Sample } from '../records/sample.ts'
import type { Verdict } from '../records/verdict.ts'

type Reason = Pick<Rejection, 'stage' | 'code' | 'detail'> & { readonly evidence?: readonly string[] }

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
    candidateId: null,
    family: prompt.family,
    category: prompt.category,
    intent: prompt.intent,
    language: prompt.language,
    messages: prompt.messages,
    mode: null,
    reasoning: null,
    answer: null,
    citedClauses: [],
    reward: null,
    verdicts: [],
    requests,
    model: null,
  }
}

export function rejectCandidate(
  prompt: ClassifiedPrompt,
  candidate: Candidate,
  reason: Reason,
  verdicts: readonly Verdict[] = [],
  reward: number | null = null,
): Rejection {
  const isWritten = candidate.status === 'written'
  return {
    ...rejectPrompt(prompt, reason),
    candidateId: candidate.id,
    mode: isWritten ? candidate.mode : null,
    reasoning: isWritten ? candidate.reasoning : null,
    answer: isWritten ? candidate.answer : candidate.text,
    citedClauses: isWritten ? candidate.citedClauses : [],
    reward,
    verdicts,
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
    reward: winner.reward,
    verdicts: winner.verdicts,
    requests: winner.requests,
    model: winner.model,
  }
}
