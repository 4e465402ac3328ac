import { z } from 'zod'
import { rulingSchema } from './decision.ts'
import { messageSchema } from './message.ts'
import { intentSchema } from './prompt.ts'
import { responseModeSchema } from './response-mode.ts'
import { verdictSchema } from './verdict.ts'

/** Every reason code, by the stage that gives it; docs/architecture.md explains them. */
const rejectionCodes = {
  collect: ['bad_row'],
  screen: ['exact_duplicate', 'near_duplicate', 'contaminated'],
  classify: ['unclassified'],
  generate: ['model_refused', 'content_filter', 'truncated', 'malformed', 'context_length', 'declined'],
  grade: ['rule_failed', 'unsafe', 'ungraded', 'mode_mismatch', 'unhelpful', 'poor_reasoning'],
  select: [
    'unsafe',
    'unhelpful',
    'poor_reasoning',
    'mode_mismatch',
    'ungraded',
    'format_conflict',
    'too_long',
    'outranked',
    'mixture_cap',
    'overruled',
    'over_quota',
    'not_drawn',
  ],
} as const
export const rejectionStages = ['collect', 'screen', 'classify', 'generate', 'grade', 'select'] as const

export const rejectionSchema = z.strictObject({
  stage: z.enum(rejectionStages),
  code: z.enum([...new Set(Object.values(rejectionCodes).flat())]),
  /** One sentence for a person. */
  detail: z.string(),
  /** What shows it: the bad row's text, the twin's id, the matched n-gram, a grader's excerpt. */
  evidence: z.array(z.string()).readonly(),
  source: z.string(),
  location: z.string(),
  promptId: z.string().nullable(),
  candidateId: z.string().nullable(),
  family: z.string().nullable(),
  category: z.string().nullable(),
  intent: intentSchema.nullable(),
  language: z.string().nullable(),
  messages: z.array(messageSchema).readonly(),
  mode: responseModeSchema.nullable(),
  reasoning: z.string().nullable(),
  answer: z.string().nullable(),
  citedClauses: z.array(z.string()).readonly(),
  /** As far as the judges were asked and gave a verdict. */
  safety: z.number().nullable(),
  severity: z.string().nullable(),
  helpfulness: z.number().nullable(),
  reasoningQuality: z.number().nullable(),
  reward: z.number().nullable(),
  verdicts: z.array(verdictSchema).readonly(),
  /** Graders that failed the candidate or could not grade it. */
  failedGraders: z.array(z.string()).readonly(),
  /** The widest span between a judge's votes; null where no judge graded it. */
  voteSpread: z.number().nullable(),
  /** What auditors decided about this very text; empty where none did. */
  decisions: z.array(rulingSchema).readonly(),
  /** Null where there is no candidate. */
  contentDigest: z.string().nullable(),
  requests: z.array(z.string()).readonly(),
  model: z.string().nullable(),
})
/** A row, prompt or candidate that did not make it into a shard: with the stage, a reason code and the evidence. */
export type Rejection = Readonly<z.infer<typeof rejectionSchema>>
