import { expect, test } from 'vitest'
import { findOpenaiFlaw } from './find-openai-flaw.ts'

const [system, user, assistant] = ['system', 'user', 'assistant'].map((role) => ({ role, content: 'Hello' }))
const line = (...messages: readonly unknown[]): string => JSON.stringify({ messages })

test('a conversation that ends on the assistant is taken', () => {
  expect(findOpenaiFlaw(line(system, user, assistant, user, assistant))).toBeNull()
  expect(findOpenaiFlaw(line(user, { ...assistant, weight: 1 }))).toBeNull()
})

test.for([
  ['half a line', '{"messages":['],
  ['a list', '[]'],
  ['another column', JSON.stringify({ messages: [user, assistant], id: 'c_1' })],
  ['no message', line()],
  ['a user at the end', line(user, assistant, user)],
  ['no user', line(system, assistant)],
  ['an unknown role', line({ role: 'human', content: 'Hello' }, assistant)],
  ['a key for the reasoning', line(user, { ...assistant, thinking: 'Hm' })],
  ['an empty answer', line(user, { ...assistant, content: '' })],
  ['no text', line(user, { ...assistant, content: null })],
  ['a weight on a user', line({ ...user, weight: 1 }, assistant)],
] as const)('%s is refused', ([, text]) => {
  expect(findOpenaiFlaw(text)).not.toBeNull()
})
