import type { Candidate } from './candidate.ts'
import type { ClassifiedPrompt } from './prompt.ts'
import type { Verdict } from './verdict.ts'

/** Why the grade stage gave up on a candidate; null while it is still in the running. */
export type GradeFailure = {
  readonly code: 'rule_failed' | 'unsafe' | 'ungraded' | 'mode_mismatch' | 'unhelpful' | 'poor_reasoning'
  readonly detail: string
}

export type GradedCandidate = {
  readonly candidate: Candidate
  readonly verdicts: readonly Verdict[]
  readonly failure: GradeFailure | null
  /** Of a candidate that an earlier build accepted: what it was written under. Absent: under what is current. */
  readonly writtenUnder?: { readonly specDigest: string; readonly templateDigest: string }
}

/** A prompt on its way to the generator, with the answer that an earlier build accepted for it, graded anew. */
export type RegradedPrompt = {
  readonly prompt: ClassifiedPrompt
  /** Null: there is none, or the policy that it was written under still stands. */
  readonly earlier: GradedCandidate | null
  /** The earlier answer passes under the current policy: no new candidate is asked for. */
  readonly isKept: boolean
  /** Repeat numbers to draw, from the first to before the last; absent: as many as the config says, from 0 on. */
  readonly repeats?: { readonly from: number; readonly to: number }
}

/** A prompt with all candidates that were paid for: the row between the generate, grade and select stages. */
export type PromptWithCandidates = {
  readonly prompt: ClassifiedPrompt
  readonly candidates: readonly Candidate[]
  readonly earlier: GradedCandidate | null
}
export type GradedPrompt = {
  readonly prompt: ClassifiedPrompt
  readonly candidates: readonly GradedCandidate[]
}
