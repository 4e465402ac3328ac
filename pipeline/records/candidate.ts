import { z } from 'zod'
import { responseModeSchema } from './response-mode.ts'

const identity = {
  /** `c_` + 20 hex digits of the digest of the request that bought it. */
  id: z.string().regex(/^c_[0-9a-f]{20}$/),
  promptId: z.string(),
  /** 0-based number among the candidates of one prompt. */
  repeat: z.int().nonnegative(),
  /** Digests of the requests behind it: the generation, then its repair if there was one. */
  requests: z.array(z.string()).min(1).readonly(),
  /** The model name that was asked for. */
  model: z.string(),
}

export const writtenCandidateSchema = z.strictObject({
  status: z.literal('written'),
  ...identity,
  reasoning: z.string(),
  mode: responseModeSchema,
  /** The final answer only, as the end user would see it. */
  answer: z.string(),
  /** Clause ids found in the reasoning, in order of first mention. */
  citedClauses: z.array(z.string()).readonly(),
})
/** A candidate whose reply had all its parts. */
export type WrittenCandidate = Readonly<z.infer<typeof writtenCandidateSchema>>

export const unwrittenCodes = [
  'model_refused',
  'content_filter',
  'truncated',
  'malformed',
  'context_length',
  'declined',
] as const
export const unwrittenCandidateSchema = z.strictObject({
  status: z.literal('unwritten'),
  ...identity,
  code: z.enum(unwrittenCodes),
  detail: z.string(),
  /** What the model did send, kept for the audit. */
  text: z.string(),
})
/** A paid-for reply that holds no usable candidate: an outcome, not an exception. */
export type UnwrittenCandidate = Readonly<z.infer<typeof unwrittenCandidateSchema>>

export type Candidate = WrittenCandidate | UnwrittenCandidate
