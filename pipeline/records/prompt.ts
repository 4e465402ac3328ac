import { z } from 'zod'
import { messageSchema } from './message.ts'

export const intents = ['benign', 'dual_use', 'malicious'] as const
export const intentSchema = z.enum(intents)
/** Plausible benign use / meaningful misuse risk: yes/no, yes/yes, no/yes (OpenSafeIntent, arXiv 2607.02047). */
export type Intent = z.infer<typeof intentSchema>

export const promptSchema = z.strictObject({
  /** `p_` + 20 hex digits of the SHA-256 of the canonical messages: equal conversations have equal ids. */
  id: z.string().regex(/^p_[0-9a-f]{20}$/),
  /** One or more turns, the last from the user. */
  messages: z.array(messageSchema).min(1).readonly(),
  /** Paraphrases and intent variants of one task share a family; a family is never split between train and validation. */
  family: z.string().min(1),
  /** As the source gave it; null asks the classifier. */
  category: z.string().nullable(),
  intent: intentSchema.nullable(),
  /** ISO 639-1, as the source gave it. */
  language: z.string().nullable(),
  /** The name of the prompt source in the build config. */
  source: z.string(),
  /** `file:line` (text formats) or `file#row` (Parquet, JSON arrays). */
  location: z.string(),
})
/** A prompt as an importer read it. */
export type Prompt = Readonly<z.infer<typeof promptSchema>>

export const labelOrigins = ['source', 'classifier'] as const
export const classifiedPromptSchema = promptSchema.extend({
  category: z.string(),
  intent: intentSchema,
  categoryFrom: z.enum(labelOrigins),
  intentFrom: z.enum(labelOrigins),
  /** Digests of the classifier's requests; empty where the source gave both labels. */
  classifiedBy: z.array(z.string()).readonly(),
})
/** A prompt whose category names a spec of the set, with its intent. */
export type ClassifiedPrompt = Readonly<z.infer<typeof classifiedPromptSchema>>
