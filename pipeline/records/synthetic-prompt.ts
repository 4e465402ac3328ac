import { z } from 'zod'
import { unwrittenCodes } from './candidate.ts'
import { intentSchema } from './prompt.ts'

/** Every reason code of a synthesis, by the step that gives it; docs/synthesis.md explains them. */
export const synthesisCodes = {
  write: ['not_written', ...unwrittenCodes],
  paraphrase: ['parent_rejected', ...unwrittenCodes],
  translate: ['parent_rejected', ...unwrittenCodes],
  rules: ['too_short', 'too_long', 'wrong_language', 'mentions_minor'],
  verify: ['intent_mismatch', 'category_mismatch', 'unverified'],
  screen: ['exact_duplicate', 'near_duplicate', 'contaminated'],
  complete: ['incomplete_family'],
} as const
export const synthesisSteps = ['write', 'paraphrase', 'translate', 'rules', 'verify', 'screen', 'complete'] as const

const slotSchema = z.strictObject({
  /** Paraphrases, translations and intent variants of one task share it; as `fields.family` of a source it keeps them together. */
  family: z.string(),
  /** The id of the topic. */
  topic: z.string(),
  category: z.string(),
  intent: intentSchema,
  /** `original`, or `paraphrase-1`, `paraphrase-2` ... */
  variant: z.string(),
  /** ISO 639-1. */
  language: z.string(),
})
/** A place for one prompt: each ends in the set or among the rejected. */
export type Slot = Readonly<z.infer<typeof slotSchema>>

/** Digests of the requests behind a prompt, by step: those of its parents, its own, and the verifier's. */
const requestsSchema = z.strictObject({
  write: z.array(z.string()).readonly(),
  paraphrase: z.array(z.string()).readonly(),
  translate: z.array(z.string()).readonly(),
  verify: z.array(z.string()).readonly(),
})
export type SynthesisRequests = Readonly<z.infer<typeof requestsSchema>>

export const syntheticPromptSchema = z.strictObject({
  /** As the collect stage will compute it. */
  id: z.string().regex(/^p_[0-9a-f]{20}$/),
  prompt: z.string(),
  ...slotSchema.shape,
  /** The id of the prompt that this one rewords or translates; null for an original. */
  parent: z.string().nullable(),
  /** As the verifier saw it; another than `category` only under `verify.category: keep`. */
  verified_category: z.string(),
  /** False where the text is too short, or its language none that is detected. */
  language_checked: z.boolean(),
  requests: requestsSchema,
})
/** A line of `prompts.jsonl`. */
export type SyntheticPrompt = Readonly<z.infer<typeof syntheticPromptSchema>>

export const syntheticRejectionSchema = z.strictObject({
  stage: z.enum(synthesisSteps),
  code: z.enum([...new Set(Object.values(synthesisCodes).flat())]),
  /** One sentence for a person. */
  detail: z.string(),
  /** What shows it: the verifier's labels and rationale, the twin, the reply as it came. */
  evidence: z.array(z.string()).readonly(),
  ...slotSchema.shape,
  /** Both null where there is no text. */
  id: z.string().nullable(),
  prompt: z.string().nullable(),
  requests: requestsSchema,
})
/** A line of `rejected.jsonl`. */
export type SyntheticRejection = Readonly<z.infer<typeof syntheticRejectionSchema>>
