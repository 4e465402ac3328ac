import { z } from 'zod'

export const tokenCountSchema = z.strictObject({
  /** Of the contents of the conversation up to the last user turn. */
  prompt: z.int().nonnegative(),
  /** Of the reasoning, whether the trainer format carries it or not. */
  reasoning: z.int().nonnegative(),
  answer: z.int().nonnegative(),
  /** Of the row as the trainer format renders it: see docs/trainers.md. */
  total: z.int().nonnegative(),
})
/** How many tokens of the target's tokenizer a sample has. The parts need not add up to the total. */
export type TokenCount = Readonly<z.infer<typeof tokenCountSchema>>

/** What a sample's length comes to: its tokens, or why it cannot be a row. */
export type MeasuredLength =
  | { readonly status: 'fits'; readonly tokens: TokenCount }
  | { readonly status: 'misfit'; readonly code: 'too_long' | 'format_conflict'; readonly detail: string }
