import { z } from 'zod'

export const finishes = ['complete', 'refused', 'content_filter', 'truncated', 'context_length', 'declined'] as const

export const usageSchema = z.strictObject({
  promptTokens: z.int().nonnegative(),
  completionTokens: z.int().nonnegative(),
  cachedPromptTokens: z.int().nonnegative(),
  reasoningTokens: z.int().nonnegative(),
})
export type Usage = Readonly<z.infer<typeof usageSchema>>

export const answerSchema = z.strictObject({
  /**
   * `refused`: the API's refusal field was set. `context_length`: the server said that the prompt does not fit.
   * `declined`: it turned this request down by status while it answered others.
   */
  finish: z.enum(finishes),
  /** The reply's text with `<think>` blocks moved to `reasoning`; empty when there was none. */
  text: z.string(),
  /** Native reasoning (`reasoning_content`, `reasoning`, or a leading `<think>` block); empty when there was none. */
  reasoning: z.string(),
  /** The API's refusal text, the filter's message, or how the server declined; empty when there was none. */
  refusal: z.string(),
  /** Null where the server reported none. */
  usage: usageSchema.nullable(),
  /** The model name that the server reported. */
  servedModel: z.string(),
  responseId: z.string(),
  /** Set where it came through a Batch API, at another price; left out of all others. */
  via: z.literal('batch').optional(),
})
/** What a model replied: the only thing that is paid for, so the only thing that is stored. */
export type Answer = Readonly<z.infer<typeof answerSchema>>
