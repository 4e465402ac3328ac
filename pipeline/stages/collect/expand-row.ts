import type { FieldMapping, PromptSource, Variant } from '../../importers/source-config.ts'
import type { Message } from '../../records/message.ts'
import { intents, intentSchema } from '../../records/prompt.ts'
import type { Prompt } from '../../records/prompt.ts'
import type { Flaw } from './bad-row.ts'
import { findConversationFlaw } from './find-conversation-flaw.ts'
import { describeKind, isRecord, readLabel } from './read-field.ts'
import { readConversation, readSingleTurn, type ReadMessages } from './read-messages.ts'

type Row = Readonly<Record<string, unknown>>

/** All of a prompt that its row gives; the family is null where the row names none. */
export type Draft = Pick<Prompt, 'messages' | 'category' | 'intent' | 'language'> & { readonly family: string | null }

/** What one entry of a row came to. `messages` of a bad one are as far as they could be read. */
export type Entry =
  | { readonly outcome: 'draft'; readonly draft: Draft }
  | { readonly outcome: 'bad'; readonly flaw: Flaw; readonly messages: readonly Message[] }

const labelNames = ['system', 'category', 'intent', 'family', 'language'] as const
type Labels = Readonly<Record<(typeof labelNames)[number], string | null>>

const readLabels = (row: Row, fields: FieldMapping): Labels | Flaw => {
  const labels: { -readonly [name in keyof Labels]: string | null } = {
    system: null,
    category: null,
    intent: null,
    family: null,
    language: null,
  }
  for (const name of labelNames) {
    const label = readLabel(row, name, fields[name])
    if (label.outcome === 'bad') return label.flaw
    labels[name] = label.value
  }
  return labels
}

const draftEntry = (
  read: ReadMessages,
  labels: Labels,
  variant: Omit<Variant, 'prompt'>,
  maxCharacters: number,
): Entry => {
  if (read.outcome === 'bad') return { ...read, messages: [] }
  const messages: readonly Message[] =
    labels.system === null ? read.messages : [{ role: 'system', content: labels.system }, ...read.messages]
  const flaw = findConversationFlaw(messages, maxCharacters)
  if (flaw !== null) return { outcome: 'bad', flaw, messages }
  const intent = intentSchema.nullable().safeParse(variant.intent ?? labels.intent)
  if (!intent.success) {
    const problem = `expected an intent of ${intents.join(', ')} or none, got another word`
    return { outcome: 'bad', flaw: { problem, remedy: "map the source's words in fields.intent.map" }, messages }
  }
  const category = variant.category ?? labels.category
  const language = variant.language ?? labels.language
  return { outcome: 'draft', draft: { messages, category, language, intent: intent.data, family: labels.family } }
}

/** The entries of a readable row: as many as `expand` names, else one. Entry by entry, a draft or a flaw. */
export const expandRow = (value: unknown, { fields }: PromptSource, maxCharacters: number): readonly Entry[] => {
  const { prompt, messages, expand = [] } = fields
  const entries = Math.max(expand.length, 1)
  const failAll = (flaw: Flaw): readonly Entry[] =>
    Array.from({ length: entries }, () => ({ outcome: 'bad', flaw, messages: [] }))
  if (!isRecord(value)) {
    return failAll({
      problem: `expected an object with the mapped fields, got ${describeKind(value)}`,
      remedy: Array.isArray(value) ? 'set format: json if the file is one JSON array' : 'give each row as an object',
    })
  }
  const labels = readLabels(value, fields)
  if ('problem' in labels) return failAll(labels)
  if (messages !== undefined) return [draftEntry(readConversation(value, messages), labels, {}, maxCharacters)]
  if (prompt !== undefined) return [draftEntry(readSingleTurn(value, prompt), labels, {}, maxCharacters)]
  return expand.map((variant) => draftEntry(readSingleTurn(value, variant.prompt), labels, variant, maxCharacters))
}
