import { z } from 'zod'
import { buildInputsSchema } from '../build/fingerprint.ts'

/** Between the fewest and the most; `expected` from what earlier builds measured. Equal numbers mean that it is known. */
const rangeSchema = z.strictObject({ min: z.number(), expected: z.number(), max: z.number() })
export type Range = Readonly<z.infer<typeof rangeSchema>>

export const causeKinds = [
  'new_prompt',
  'new_candidate',
  'previously_failed',
  'retry',
  'spec',
  'template',
  'model',
  'endpoint',
  'parameters',
  'schema',
  'wording',
] as const

export const causeSchema = z.strictObject({
  kind: z.enum(causeKinds),
  /** One line for a person, such as `spec cyber: CYB-4`. */
  title: z.string(),
  /** Ids of the clauses whose lines changed. */
  clauses: z.array(z.string()),
  /** What changed, as a unified diff; empty where there is nothing to compare. */
  diff: z.string(),
  /** Requests that are new because of it. */
  requests: z.int(),
  steps: z.record(z.string(), z.int()),
  categories: z.record(z.string(), z.int()),
  /** Accepted rows of the build planned against that cite one of the clauses. */
  leaningSamples: z.int(),
})
export type Cause = Readonly<z.infer<typeof causeSchema>>

export const planStepSchema = z.strictObject({
  step: z.string(),
  /** Found in the store. */
  reused: z.int(),
  /** Known to be missing: exact. */
  missing: z.int(),
  /** Depends on answers that are not there yet. Repairs of malformed replies are not foreseen. */
  open: rangeSchema,
  /** Null where the step was never measured and the requests are not known. */
  promptTokens: rangeSchema.nullable(),
  /** Null where the step was never measured. */
  completionTokens: rangeSchema.nullable(),
  /** Null when its model has no price in the config, or its tokens are not known. */
  costUsd: rangeSchema.nullable(),
})
export type PlanStep = Readonly<z.infer<typeof planStepSchema>>

export const strategyPlanSchema = z.strictObject({
  strategy: z.enum(['regenerate', 'regrade-first']),
  steps: z.array(planStepSchema),
  causes: z.array(causeSchema),
  /** Category to known missing requests. */
  categories: z.record(z.string(), z.int()),
  requests: rangeSchema,
  costUsd: rangeSchema.nullable(),
})
export type StrategyPlan = Readonly<z.infer<typeof strategyPlanSchema>>

export const planSchema = z.strictObject({
  planVersion: z.literal(1),
  name: z.string(),
  createdAt: z.string(),
  /** The build that rates and leaning samples come from; null when there is none. */
  against: z.string().nullable(),
  inputs: buildInputsSchema,
  prompts: z.int(),
  /** The round of a quota that lacks answers, and what it draws; null without one, or where every round is answered. */
  quota: z
    .strictObject({ round: z.int(), prompts: z.int(), again: z.int(), promptsLeft: z.int() })
    .nullable()
    .default(null),
  strategies: z.array(strategyPlanSchema).min(1),
})
/** What a build would send, why, and for how much; made without sending anything. */
export type Plan = Readonly<z.infer<typeof planSchema>>
