import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { digestRequest } from '../../pipeline/answers/request-digest.ts'
import type { ModelRequest } from '../../pipeline/records/request.ts'
import { requests } from './any-request.ts'
import { request } from './stored-answers.ts'

const digest = digestRequest(request)
const [system, user] = request.messages
if (!system || !user) throw new Error('expected two messages')

describe('the digest changes with', () => {
  test.each<[string, Partial<ModelRequest>]>([
    ['the text of a message', { messages: [system, { ...user, content: 'Hello!' }] }],
    ['a space in a message', { messages: [system, { ...user, content: 'Hello? ' }] }],
    ['the text of the system message', { messages: [{ ...system, content: 'Be long.' }, user] }],
    ['the role of a message', { messages: [system, { ...user, role: 'assistant' }] }],
    ['the order of the messages', { messages: [user, system] }],
    ['one message more', { messages: [system, user, user] }],
    [
      'text moved from one message to the next',
      {
        messages: [
          { ...system, content: 'Be brief.Hello?' },
          { ...user, content: '' },
        ],
      },
    ],
    ['the model', { model: 'play-2' }],
    ['the endpoint', { endpoint: 'https://play.invalid/v1' }],
    ['the value of a parameter', { parameters: { ...request.parameters, temperature: 0.6 } }],
    ['one parameter more', { parameters: { ...request.parameters, seed: 1 } }],
    ['one parameter less', { parameters: { temperature: 0.5 } }],
    ['a nested parameter', { parameters: { ...request.parameters, reasoning: { effort: 'low' } } }],
    ['a parameter of another type', { parameters: { ...request.parameters, temperature: '0.5' } }],
    ['the schema', { schema: { name: 'verdict', schema: { type: 'object' } } }],
    ["the schema's name", { schema: { name: 'verdict2', schema: { type: 'object', required: ['rating'] } } }],
    ['no schema', { schema: null }],
    ['the way the schema is asked for', { structuredOutput: 'prompt' }],
    ['the repeat number', { repeat: 1 }],
    ['another attempt', { attempt: 1 }],
  ])('%s', (_, changes) => {
    expect(digestRequest({ ...request, ...changes })).not.toBe(digest)
  })
})

describe('the digest does not change with', () => {
  test('the order of keys, at any depth', () => {
    const nested = { a: 1, b: { c: [1, { d: 2, e: 3 }], f: null } }
    const turned = { b: { f: null, c: [1, { e: 3, d: 2 }] }, a: 1 }
    expect(digestRequest({ ...request, parameters: turned })).toBe(digestRequest({ ...request, parameters: nested }))
    const schema = { name: 'verdict', schema: turned }
    expect(digestRequest({ ...request, schema })).toBe(
      digestRequest({ ...request, schema: { name: 'verdict', schema: nested } }),
    )
    const { repeat, ...rest } = request
    expect(digestRequest({ repeat, ...rest })).toBe(digest)
  })

  test('the way a schema is asked for where there is none', () => {
    const free = digestRequest({ ...request, schema: null })
    for (const structuredOutput of ['json_object', 'prompt'] as const) {
      expect(digestRequest({ ...request, schema: null, structuredOutput })).toBe(free)
    }
  })

  test('the identity of the objects', () => {
    const copy: ModelRequest = structuredClone(request)
    expect(digestRequest(copy)).toBe(digest)
    expect(digestRequest(copy)).toBe(digest)
  })
})

describe('for any request', () => {
  test('a copy with its keys in another order has the same digest', () => {
    fc.assert(
      fc.property(requests, (one) => {
        const copy: ModelRequest = JSON.parse(JSON.stringify(one))
        const turned = { ...copy, parameters: turnKeys(copy.parameters) }
        expect(digestRequest(turned)).toBe(digestRequest(one))
      }),
    )
  })

  test('two requests have one digest only if they are the same request', () => {
    fc.assert(
      fc.property(requests, requests, (one, other) => {
        const isSame = identify(one) === identify(other)
        expect(digestRequest(one) === digestRequest(other)).toBe(isSame)
      }),
    )
  })

  test('each of its fields counts', () => {
    fc.assert(
      fc.property(requests, fc.string({ unit: 'binary', minLength: 1 }), fc.nat(), (one, more, at) => {
        const index = at % one.messages.length
        const messages = one.messages.map((message, n) =>
          n === index ? { ...message, content: message.content + more } : message,
        )
        for (const changes of [{ messages }, { model: one.model + more }, { repeat: one.repeat + 1 }]) {
          expect(digestRequest({ ...one, ...changes })).not.toBe(digestRequest(one))
        }
      }),
    )
  })
})

/*
 * Pinned: a change here makes every stored answer of every user a miss. If that is meant, bump `digestVersion` and
 * paste the new digests.
 */
test('the format of digests is the one that stored answers were filed under', () => {
  expect(digest).toBe('b0736da7432b53f7450a27cb577ba2a3892cc0811584e75f5cbb3b98b788e395')
  expect(digestRequest({ ...request, schema: null, parameters: {} })).toBe(
    'c8bf80676ab1059cc8eae2a12e08e60dd882faecdf28a93ae722ac5c4c29267f',
  )
  const unicode = [{ role: 'user', content: 'Grüße, 世界 \u0000 \u{1f600}' }] as const
  expect(digestRequest({ ...request, messages: unicode })).toBe(
    '53bef3dd76da5100b0aa5e28c3511fd013c7b034518129bdf8ecb680129cf871',
  )
})

function turnKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toReversed())
}

function identify({ schema, structuredOutput, parameters, messages, ...rest }: ModelRequest): string {
  const texts = messages.map(({ role, content }) => [role, content])
  const form = schema === null ? null : [schema.name, sorted(schema.schema), structuredOutput]
  return JSON.stringify([rest.endpoint, rest.model, rest.repeat, rest.attempt ?? 0, texts, form, sorted(parameters)])
}

/** A JSON value with its objects as lists of sorted entries. */
function sorted(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one) ? Object.entries(one).toSorted(byKey) : one,
  )
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1
}
