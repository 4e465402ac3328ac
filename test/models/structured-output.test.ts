import { describe, expect, test, vi } from 'vitest'
import type { ModelRequest } from '../../pipeline/records/request.ts'
import type { ChatBody, Scripted } from '../support/chat-server.ts'
import { request, startScriptedProvider } from './scripted-provider.ts'

const schema = {
  name: 'verdict',
  schema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'], additionalProperties: false },
}
const schemaText = JSON.stringify(schema.schema)
const unknownFormat = { status: 400, body: { error: { message: 'unknown field response_format' } } }

async function bodyFor(changes: Partial<ModelRequest>): Promise<ChatBody | undefined> {
  const { ask, server } = await startScriptedProvider(() => ({ content: '{"ok":true}' }))
  await ask({ schema, ...changes })
  return server.requests.received[0]?.body
}

function takesNoFormat(body: ChatBody): Scripted {
  return 'response_format' in body ? unknownFormat : { content: '{"ok":true}' }
}

describe('a schema is asked for', () => {
  test('by json_schema as a strict response format, with the messages as they are', async () => {
    const body = await bodyFor({ structuredOutput: 'json_schema' })
    expect(body).toHaveProperty('response_format', { type: 'json_schema', json_schema: { ...schema, strict: true } })
    expect(body?.messages).toEqual(request.messages)
  })

  test('by json_object as a response format and in words', async () => {
    const body = await bodyFor({ structuredOutput: 'json_object' })
    expect(body).toHaveProperty('response_format', { type: 'json_object' })
    expect(body?.messages[0]?.content).toContain(schemaText)
  })

  test('by prompt only in words, at the end of the last system message', async () => {
    const messages = [
      { role: 'system', content: 'First.' },
      { role: 'system', content: 'Second.' },
      { role: 'user', content: 'Hello?' },
    ] as const
    const body = await bodyFor({ structuredOutput: 'prompt', messages })
    expect(body).not.toHaveProperty('response_format')
    expect(body?.messages.map(({ content }) => content.includes(schemaText))).toEqual([false, true, false])
    expect(body?.messages[1]?.content).toMatch(/^Second\.\n\n.*JSON/)
  })

  test('by prompt in a new first system message where there was none', async () => {
    const messages = [{ role: 'user', content: 'Hello?' }] as const
    const body = await bodyFor({ structuredOutput: 'prompt', messages })
    expect(body?.messages).toMatchObject([{ role: 'system' }, { role: 'user', content: 'Hello?' }])
    expect(body?.messages[0]?.content).toContain(schemaText)
  })

  test('not at all where there is none', async () => {
    const body = await bodyFor({ schema: null })
    expect(body).not.toHaveProperty('response_format')
    expect(body?.messages).toEqual(request.messages)
  })
})

describe('a server without structured output', () => {
  test.each([400, 422, 501])('that answers %i is asked once more in words', async (status) => {
    const { ask, server } = await startScriptedProvider((body) =>
      'response_format' in body ? { ...unknownFormat, status } : { content: '{"ok":true}' },
    )
    expect(await ask({ schema })).toMatchObject({ status: 'answered', answer: { text: '{"ok":true}' } })
    expect(server.requests.count).toBe(2)
    expect(server.requests.received[1]?.body.messages[0]?.content).toContain(schemaText)
  })

  test('is remembered: the next request goes out in words at once', async () => {
    const { ask, server } = await startScriptedProvider(takesNoFormat)
    await ask({ schema })
    await ask({ schema })
    expect(server.requests.count).toBe(3)
  })

  test('is remembered for one model only', async () => {
    const { ask, server } = await startScriptedProvider(takesNoFormat)
    await ask({ schema })
    await ask({ schema, model: 'other' })
    expect(server.requests.received.map(({ body }) => 'response_format' in body)).toEqual([true, false, true, false])
  })
})

describe('a server with structured output that turns one request down', () => {
  const messages = [{ role: 'user', content: 'poison' }] as const
  const takesAllButPoison: Parameters<typeof startScriptedProvider>[0] = (body) =>
    'response_format' in body && body.messages.some(({ content }) => content === 'poison')
      ? unknownFormat
      : { content: '{"ok":true}' }

  test('is asked that one in words and goes on being asked by schema', async () => {
    const { ask, server } = await startScriptedProvider(takesAllButPoison)
    await ask({ schema })
    expect(await ask({ schema, messages })).toMatchObject({ status: 'answered' })
    await ask({ schema })
    expect(server.requests.received.map(({ body }) => 'response_format' in body)).toEqual([true, true, false, true])
  })

  test('is asked by schema again once a request that was under way has been answered by schema', async () => {
    const { ask, server } = await startScriptedProvider((body, n, headers) =>
      n === 0 ? { misbehaviour: 'slow_body', delayMs: 60 } : takesAllButPoison(body, n, headers),
    )
    const slow = ask({ schema })
    await vi.waitUntil(() => server.requests.count === 1)
    await ask({ schema, messages })
    await slow
    await ask({ schema })
    expect(server.requests.received.at(-1)?.body).toHaveProperty('response_format')
  })
})

describe('the second attempt in words', () => {
  test('that fails too is the failure that is reported, and nothing is remembered', async () => {
    const { ask, server } = await startScriptedProvider(() => unknownFormat)
    expect(await ask({ schema })).toMatchObject({ status: 'fatal', httpStatus: 400 })
    await ask({ schema })
    expect(server.requests.received.map(({ body }) => 'response_format' in body)).toEqual([true, false, true, false])
  })

  test('that fails in a way that may pass is retryable', async () => {
    const { ask } = await startScriptedProvider((_, n) => (n === 0 ? unknownFormat : { misbehaviour: 'reset' }))
    expect(await ask({ schema })).toMatchObject({ status: 'retryable' })
  })

  test('that only the filter stopped proves nothing about the server', async () => {
    const filtered = { status: 400, body: { error: { code: 'content_filter', message: 'flagged' } } }
    const { ask, server } = await startScriptedProvider((body) =>
      'response_format' in body ? unknownFormat : filtered,
    )
    expect(await ask({ schema })).toMatchObject({ status: 'answered', answer: { finish: 'content_filter' } })
    await ask({ schema })
    expect(server.requests.received[2]?.body).toHaveProperty('response_format')
  })

  test.each([
    ['a request without a schema', { schema: null }, unknownFormat],
    ['a request in words', { schema, structuredOutput: 'prompt' }, unknownFormat],
    ['HTTP 401', { schema }, { status: 401, body: '' }],
    ['HTTP 500', { schema }, { status: 500, body: '' }],
    ['a filter stop', { schema }, { status: 400, body: { error: { code: 'content_filter' } } }],
    ['a prompt too long', { schema }, { status: 400, body: { error: { code: 'context_length_exceeded' } } }],
  ] as const)('is not made for %s', async (_, changes, scripted) => {
    const { ask, server } = await startScriptedProvider(() => scripted)
    await ask(changes)
    expect(server.requests.count).toBe(1)
  })
})
