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
}

/** A prompt with all candidates that were paid for: the row between the generate, grade and select stages. */
export type PromptWithCandidates = {
  readonly prompt: ClassifiedPrompt
  readonly candidates: readonly Candidate[]
}
export type GradedPrompt = {
  readonly prompt: ClassifiedPrompt
  readonly candidates: readonly GradedCandidate[]
}
