import { z } from 'zod'
import { messageSchema } from './message.ts'

export const structuredOutputs = ['json_schema', 'json_object', 'prompt'] as const

export const responseSchemaSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  /** Portable JSON Schema: objects, enums, integers, strings; no $ref, no number bounds (not every server enforces them). */
  schema: z.record(z.string(), z.json()),
})
export type ResponseSchema = Readonly<z.infer<typeof responseSchemaSchema>>

export const modelRequestSchema = z.strictObject({
  /** Base URL without a trailing slash, such as `https://api.openai.com/v1`. */
  endpoint: z.string(),
  model: z.string(),
  messages: z.array(messageSchema).min(1).readonly(),
  /** Sampling parameters as the server's API names them (`temperature`, `max_tokens`, `reasoning_effort`, `seed` ...). */
  parameters: z.record(z.string(), z.json()),
  /** The JSON Schema the reply's text must satisfy; null for free text. */
  schema: responseSchemaSchema.nullable(),
  /** How the schema is asked for; ignored where there is none. */
  structuredOutput: z.enum(structuredOutputs),
  /** 0-based number of this draw among equal requests (best-of-n, votes): n repeats are n answers. */
  repeat: z.int().nonnegative(),
  /** Set where an answer to the same draw was no use and it was decided to ask again: 1 for the second time. */
  attempt: z.int().positive().optional(),
})
/** A model request as data: all that can change an answer, and nothing that cannot. */
export type ModelRequest = Readonly<z.infer<typeof modelRequestSchema>>
