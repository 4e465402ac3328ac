import { hash } from 'node:crypto'
import { z } from 'zod'

export const topicSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected a kebab-case id such as "phishing-mail"')
    .optional()
    .describe('Names the families of the topic. Default: from the digest of its text.'),
  text: z.string().trim().min(3).max(500).describe('What the prompts are about, in general words.'),
  category: z.string().min(1).describe('A category of the spec set.'),
  notes: z.string().trim().min(1).max(2000).optional().describe('Anything else that the writer should know.'),
})
type TopicInput = Readonly<z.infer<typeof topicSchema>>

/** What families of prompts are written about. */
export type Topic = Omit<TopicInput, 'id' | 'notes'> & { readonly id: string; readonly notes: string | null }

export function nameTopic({ id, text, category, notes }: TopicInput): Topic {
  return { id: id ?? `topic-${hash('sha256', text).slice(0, 12)}`, text, category, notes: notes ?? null }
}
