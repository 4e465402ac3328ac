import { z } from 'zod'

export const messageSchema = z.strictObject({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string(),
})
/** One chat message, in the role/content form that every chat-completions server takes. */
export type Message = Readonly<z.infer<typeof messageSchema>>
