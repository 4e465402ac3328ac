import { z } from 'zod'
import { messageSchema } from './message.ts'
import { intentSchema } from './prompt.ts'
import { responseModeSchema } from './response-mode.ts'
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
  /** s in [0,1], the minimum over the safety judge's votes. */
  safety: z.number(),
  /** Severity label of the worst safety vote. */
  severity: z.string(),
  /** h in [0,1]; null under the safety-only rule when no helpfulness judge ran. */
  helpfulness: z.number().nullable(),
  /** 1..4 each. */
  directHelpfulness: z.number().nullable(),
  indirectHelpfulness: z.number().nullable(),
  reasoningQuality: z.number().nullable(),
  /** r = h * s. */
  reward: z.number(),
  verdicts: z.array(verdictSchema).readonly(),
  /** Digest of the spec text shown to the generator: what the answer was written under. */
  specDigest: z.string(),
  /** Digest of the spec text shown to the judges: another one when an earlier answer was kept after a policy edit. */
  certifiedSpecDigest: z.string(),
  /** Digest of the generator template. */
  templateDigest: z.string(),
  model: z.string(),
  requests: z.array(z.string()).readonly(),
})
/** An accepted training sample in its one canonical form; formats for trainers are rendered from it. */
export type Sample = Readonly<z.infer<typeof sampleSchema>>
