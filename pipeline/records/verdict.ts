import { z } from 'zod'

const identity = {
  grader: z.string(),
  version: z.int().positive(),
  kind: z.enum(['rule', 'judge']),
}

export const ungradedReasons = [
  'malformed',
  'off_menu',
  'model_refused',
  'content_filter',
  'truncated',
  'context_length',
  'declined',
] as const

export const gradedVerdictSchema = z.strictObject({
  status: z.literal('graded'),
  ...identity,
  /** Rules pass or fail; a judge's verdict is `scored` and the selection's thresholds decide. */
  outcome: z.enum(['pass', 'fail', 'scored']),
  /** Named numbers, such as `safety` and `helpfulness` in [0,1] or `direct` in 1..4. */
  scores: z.record(z.string(), z.number()),
  /** Named labels, such as `severity` or `mode`. */
  labels: z.record(z.string(), z.string()),
  /** A judge's main score in each vote, in order: the lowest is the verdict. Empty for rules. */
  votes: z.array(z.number()).readonly(),
  /** Spec clause ids that the verdict rests on. */
  clauses: z.array(z.string()).readonly(),
  rationale: z.string(),
  /** Short excerpts or facts that show the finding. */
  evidence: z.array(z.string()).readonly(),
  /** Digests of the judge's requests, one a vote (repairs included); empty for rules. */
  requests: z.array(z.string()).readonly(),
})
export const ungradedVerdictSchema = z.strictObject({
  status: z.literal('ungraded'),
  ...identity,
  reason: z.enum(ungradedReasons),
  detail: z.string(),
  requests: z.array(z.string()).readonly(),
})
export const verdictSchema = z.discriminatedUnion('status', [gradedVerdictSchema, ungradedVerdictSchema])

export type GradedVerdict = Readonly<z.infer<typeof gradedVerdictSchema>>
export type UngradedVerdict = Readonly<z.infer<typeof ungradedVerdictSchema>>
/** The one verdict type of rule checks and model judges. "Could not be graded" is never a low score and never a pass. */
export type Verdict = GradedVerdict | UngradedVerdict

/** Whether a judge was asked about a candidate, and whether one that was asked gave no verdict. */
export type Judging = { readonly isJudged: boolean; readonly isUngraded: boolean }

export function readJudging(verdicts: readonly Pick<Verdict, 'kind' | 'status'>[]): Judging {
  const ofJudges = verdicts.filter(({ kind }) => kind === 'judge')
  return { isJudged: ofJudges.length > 0, isUngraded: ofJudges.some(({ status }) => status === 'ungraded') }
}
