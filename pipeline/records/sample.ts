import { z } from 'zod'
import { rulingSchema } from './decision.ts'
import { messageSchema } from './message.ts'
import { intentSchema } from './prompt.ts'
import { responseModeSchema } from './response-mode.ts'
import { tokenCountSchema } from './token-count.ts'
import { verdictSchema } from './verdict.ts'

export const splits = ['train', 'validation'] as const
export type Split = (typeof splits)[number]

export const sampleSchema = z.strictObject({
  /** The candidate's id. */
  id: z.string(),
  promptId: z.string(),
  family: z.string(),
  split: z.enum(splits),
  category: z.string(),
  intent: intentSchema,
  language: z.string().nullable(),
  source: z.string(),
  location: z.string(),
  /** The original, unaugmented conversation: no spec is in it (context distillation). */
  prompt: z.array(messageSchema).min(1).readonly(),
  reasoning: z.string(),
  answer: z.string(),
  mode: responseModeSchema,
  citedClauses: z.array(z.string()).readonly(),
  /** s in [0,1], the minimum over the safety judge's votes; null only where a person accepted what no judge graded. */
  safety: z.number().nullable(),
  /** Severity label of the worst safety vote; null as above. */
  severity: z.string().nullable(),
  /** h in [0,1]; null under the safety-only rule when no helpfulness judge ran. */
  helpfulness: z.number().nullable(),
  /** 1..4 each. */
  directHelpfulness: z.number().nullable(),
  indirectHelpfulness: z.number().nullable(),
  reasoningQuality: z.number().nullable(),
  /** r = h * s; null only where a person accepted what no safety judge graded. */
  reward: z.number().nullable(),
  verdicts: z.array(verdictSchema).readonly(),
  /** Graders that failed it or could not grade it; empty unless a person accepted it all the same. */
  failedGraders: z.array(z.string()).readonly(),
  /** The widest span between a judge's votes; null where no judge graded it. */
  voteSpread: z.number().nullable(),
  /** What auditors decided about this very text; empty where none did. */
  decisions: z.array(rulingSchema).readonly(),
  /** What was decided about, see pipeline/decisions/content-digest.ts. */
  contentDigest: z.string(),
  /** Digest of the spec text shown to the generator: what the answer was written under. */
  specDigest: z.string(),
  /** Digest of the spec text shown to the judges: another one when an earlier answer was kept after a policy edit. */
  certifiedSpecDigest: z.string(),
  /** Digest of the generator template. */
  templateDigest: z.string(),
  model: z.string(),
  /** Only where the build counts tokens, so that other builds' rows stay as they were. */
  tokens: tokenCountSchema.optional(),
  requests: z.array(z.string()).readonly(),
})
/** An accepted training sample in its one canonical form; formats for trainers are rendered from it. */
export type Sample = Readonly<z.infer<typeof sampleSchema>>
