import { z } from 'zod'

const count = z.int().nonnegative()

/**
 * Why a line of a quota is short.
 * - `pool_exhausted`: every prompt that could give such a row was drawn.
 * - `prompt_bound`: `quota.maxPrompts` were drawn.
 * - `candidate_bound`: prompts that gave no row had `quota.maxCandidates`.
 * - `crowded_out`: rows that passed, or prompts that were not drawn, were left over, because another line or a cap of the
 *   mixture was full.
 * - `not_finished`: the run ended before the round was over.
 */
export const shortfallReasons = [
  'pool_exhausted',
  'prompt_bound',
  'candidate_bound',
  'crowded_out',
  'not_finished',
] as const
export type ShortfallReason = (typeof shortfallReasons)[number]

const lineSchema = z.strictObject({
  /** `all`, `mode=safe_completion`, `category=other than cyber`, `category=cyber, mode=safe_completion` ... */
  name: z.string(),
  /** The values that count; null: any. */
  where: z.strictObject({
    category: z.array(z.string()).readonly().nullable(),
    mode: z.array(z.string()).readonly().nullable(),
    intent: z.array(z.string()).readonly().nullable(),
  }),
  asked: count,
  got: count,
  /** Prompts with a candidate that passed and counts here. */
  passed: count,
  /** Prompts that may count here by the labels of their source, those of them that were drawn, and their candidates. */
  pool: count,
  drawn: count,
  candidates: count,
  /** Drawn, no candidate passed, and no further one is allowed. */
  atBound: count,
  why: z.array(z.enum(shortfallReasons)).readonly(),
})
export type QuotaLineOutcome = Readonly<z.infer<typeof lineSchema>>

export const quotaOutcomeSchema = z.strictObject({
  /** What each round drew: prompts for the first time, and further candidates of prompts without a row. */
  rounds: z.array(z.strictObject({ prompts: count, again: count })).readonly(),
  lines: z.array(lineSchema).readonly(),
})
/** What a quota asked for and got. */
export type QuotaOutcome = Readonly<z.infer<typeof quotaOutcomeSchema>>
