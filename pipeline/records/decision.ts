import { z } from 'zod'

/**
 * `accept`, `reject`: overrule the graders or confirm them. `flag`, `comment`: words for other people; a build does not
 * look at them. `withdraw`: takes back what this auditor said of this text before.
 */
export const decisionActions = ['accept', 'reject', 'flag', 'comment', 'withdraw'] as const

export const decisionSchema = z.strictObject({
  /** `d_` + 20 hex digits of the digest of all the rest: the same decision that arrives twice is one. */
  id: z.string().regex(/^d_[0-9a-f]{20}$/),
  action: z.enum(decisionActions),
  /** The auditor, as they name themselves. */
  by: z.string().trim().min(1).max(200),
  /** ISO 8601, UTC, with milliseconds: of one form, so that text sorts as time does. */
  decidedAt: z.iso.datetime({ precision: 3 }),
  /** Why, in the auditor's words. */
  reason: z.string().trim().min(1).max(10_000),
  /** SHA-256, hex, of the conversation and the candidate's mode, reasoning and answer: what was judged. */
  contentDigest: z.string().regex(/^[0-9a-f]{64}$/),
  promptId: z.string().regex(/^p_[0-9a-f]{20}$/),
  candidateId: z.string().regex(/^c_[0-9a-f]{20}$/),
  /** The build that it was read in, and what that had made of it: `accepted` or `<stage>/<code>`. */
  buildId: z.string(),
  outcome: z.string(),
  /** Digest of the policy text that was current then; null where it was not known. */
  specDigest: z.string().nullable(),
})
/** What a person decided about one candidate's text. Decisions are only ever added. */
export type Decision = Readonly<z.infer<typeof decisionSchema>>

export const rulingSchema = decisionSchema
  .pick({ id: true, by: true, decidedAt: true, reason: true })
  .extend({ action: z.enum(['accept', 'reject']) })
/** An auditor's standing word on a text, as the row carries it. */
export type Ruling = Readonly<z.infer<typeof rulingSchema>>

/** All standing words on one text. A reject outweighs every accept: any one reader may overlook an issue. */
export type Standing = {
  readonly verdict: 'accept' | 'reject'
  /** Auditors differ. */
  readonly isConflict: boolean
  /** One an auditor, in order of time. */
  readonly rulings: readonly Ruling[]
}
