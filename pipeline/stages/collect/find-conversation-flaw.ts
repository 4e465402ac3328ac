import type { Message } from '../../records/message.ts'
import type { Flaw } from './bad-row.ts'

/**
 * What keeps a conversation from being a prompt, or null: an optional system turn first, then user and assistant in
 * turn, the last from the user, none empty, all together within the size cap.
 */
export const findConversationFlaw = (messages: readonly Message[], maxCharacters: number): Flaw | null => {
  const [first] = messages
  const turns = first?.role === 'system' ? messages.slice(1) : messages
  const offset = messages.length - turns.length
  if (turns.length === 0) {
    return { problem: 'expected at least one user turn, got none', remedy: 'check which field holds the conversation' }
  }
  for (const [index, { role }] of turns.entries()) {
    const expected = index % 2 === 0 ? 'user' : 'assistant'
    if (role !== expected) {
      return {
        problem: `expected turn ${index + offset + 1} to be from the ${expected}, got ${role}`,
        remedy: 'turns alternate after an optional first system turn: merge or drop turns',
      }
    }
  }
  if (turns.at(-1)?.role !== 'user') {
    return {
      problem: 'expected the last turn to be from the user, got one from the assistant',
      remedy: 'cut the last assistant turn off: the pipeline writes the answer itself',
    }
  }
  const empty = messages.findIndex(({ content }) => content.trim() === '')
  if (empty !== -1) {
    return { problem: `expected text in turn ${empty + 1}, got none`, remedy: 'fill or drop the row' }
  }
  const characters = messages.reduce((sum, { content }) => sum + content.length, 0)
  if (characters > maxCharacters) {
    return {
      problem: `expected at most ${maxCharacters} characters in a conversation, got ${characters}`,
      remedy: 'shorten the row, or raise collect.maxCharacters if the models take that much',
    }
  }
  return null
}
