import { z } from 'zod'

/*
 * The chat format of OpenAI fine-tuning: the checks of OpenAI's cookbook ("Data preparation and analysis for chat model
 * fine-tuning") and of the fine-tuning guide. One JSON object a line with `messages`; each message a known role and text,
 * with no unknown key; at least one message of the assistant; the last one is what is trained on.
 */

const messageSchema = z
  .strictObject({
    role: z.enum(['system', 'developer', 'user', 'assistant']),
    content: z.string().min(1),
    name: z.string().optional(),
    weight: z.literal([0, 1]).optional(),
  })
  .refine(
    ({ role, weight }) => weight === undefined || role === 'assistant',
    'weight stands on assistant messages only',
  )

const lineSchema = z.strictObject({
  messages: z
    .array(messageSchema)
    .min(2)
    .refine((messages) => messages.at(-1)?.role === 'assistant', 'the last message is not of the assistant')
    .refine((messages) => messages.some(({ role }) => role === 'user'), 'no message of the user'),
})

/** The fewest examples that a fine-tuning job takes. */
export const fewestExamples = 10

/** What the fine-tuning API would refuse in a line of a training file; null when it would take it. */
export function findOpenaiFlaw(line: string): string | null {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    return String(error)
  }
  const parsed = lineSchema.safeParse(value)
  return parsed.success ? null : z.prettifyError(parsed.error)
}
