import type { Message } from '../../records/message.ts'
import type { Flaw } from './bad-row.ts'
import { describeKind, isRecord, nameFields, readField } from './read-field.ts'

type Row = Readonly<Record<string, unknown>>

export type ReadMessages =
  { readonly outcome: 'read'; readonly messages: readonly Message[] } | { readonly outcome: 'bad'; readonly flaw: Flaw }

const bad = (problem: string, remedy: string): ReadMessages => ({ outcome: 'bad', flaw: { problem, remedy } })

// The chat-completions names, and those of ShareGPT.
const roles: Readonly<Record<string, Message['role']>> = {
  system: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
}

const readRole = (name: unknown): Message['role'] | undefined =>
  typeof name === 'string' && Object.hasOwn(roles, name) ? roles[name] : undefined

/** A text field as the one user turn. */
export const readSingleTurn = (row: Row, path: string): ReadMessages => {
  const value = readField(row, path)
  if (typeof value === 'string') return { outcome: 'read', messages: [{ role: 'user', content: value }] }
  return bad(
    `expected text in field "${path}", got ${describeKind(value)}`,
    `correct the field mapping; the row has: ${nameFields(row)}`,
  )
}

/** A list of {role, content} or ShareGPT's {from, value}; what else a turn holds is left behind. */
export const readConversation = (row: Row, path: string): ReadMessages => {
  const list = readField(row, path)
  if (!Array.isArray(list)) {
    return bad(
      `expected a list of turns in field "${path}", got ${describeKind(list)}`,
      `correct the field mapping; the row has: ${nameFields(row)}`,
    )
  }
  const turns: readonly unknown[] = list
  const messages: Message[] = []
  for (const [index, turn] of turns.entries()) {
    if (!isRecord(turn))
      return bad(`expected turn ${index + 1} to be an object, got ${describeKind(turn)}`, 'mend the row')
    const isShareGpt = !Object.hasOwn(turn, 'role') && Object.hasOwn(turn, 'from')
    const role = readRole(isShareGpt ? turn['from'] : turn['role'])
    if (role === undefined) {
      return bad(
        `expected turn ${index + 1} to have one of the roles ${Object.keys(roles).join(', ')}, got another or none`,
        'tool calls and other roles cannot be trained on here: drop the row',
      )
    }
    const content = isShareGpt ? turn['value'] : turn['content']
    if (typeof content !== 'string') {
      return bad(
        `expected turn ${index + 1} to hold text, got ${describeKind(content)}`,
        'flatten content parts to text',
      )
    }
    messages.push({ role, content })
  }
  return { outcome: 'read', messages }
}
