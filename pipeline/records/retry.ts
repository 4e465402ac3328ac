import { z } from 'zod'

/** Codes of rejections that another draw may mend: what a model or its server did, never what a judge found. */
export const retryCodes = [
  'truncated',
  'malformed',
  'content_filter',
  'declined',
  'ungraded',
  'unclassified',
  'model_refused',
] as const
export type RetryCode = (typeof retryCodes)[number]

/** A refusal is a reply that was meant: drawing until none comes would bend the data, so it is asked for by name only. */
export const defaultRetryCodes: readonly RetryCode[] = retryCodes.filter((code) => code !== 'model_refused')

export const retrySchema = z.strictObject({
  /** Digest of the request in its first attempt. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  attempt: z.int().positive(),
  /** Digests of the requests whose answers were no use: the attempt before, then its repair if there was one. */
  failed: z.array(z.string()).min(1).readonly(),
  reason: z.enum(retryCodes),
  runId: z.string(),
  /** ISO 8601, UTC. */
  at: z.string(),
})
/** A decision to ask again for an answer that was no use. It is only ever added; the answer stays. */
export type Retry = Readonly<z.infer<typeof retrySchema>>
