import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { answerSchema } from '../../pipeline/records/answer.ts'
import { answerTo, outcomeOf, request, startScriptedProvider, testKey } from './scripted-provider.ts'

describe('an ordinary completion', () => {
  test('is complete, with its text, usage, served model and response id', async () => {
    const answer = await answerTo({ content: 'Hi.' })
    expect(answerSchema.parse(answer)).toEqual({
      finish: 'complete',
      text: 'Hi.',
      reasoning: '',
      refusal: '',
      usage: { promptTokens: 10, completionTokens: 5, cachedPromptTokens: 0, reasoningTokens: 0 },
      servedModel: 'scripted',
      responseId: 'chatcmpl-0',
    })
  })

  test('is asked for with the parameters of the request, unstreamed, under the bearer key', async () => {
    const { ask, server } = await startScriptedProvider(() => ({ content: 'Hi.' }))
    await ask({ parameters: { temperature: 0, max_tokens: 7, stream: true } })
    const [received] = server.requests.received
    expect(received?.body).toEqual({
      model: 'scripted',
      messages: request.messages,
      temperature: 0,
      max_tokens: 7,
      stream: false,
    })
    expect(received?.headers.authorization).toBe(`Bearer ${testKey}`)
  })

  test('is asked for without an authorization header where there is no key', async () => {
    const { ask, server } = await startScriptedProvider(() => ({ content: 'Hi.' }), { apiKey: null })
    expect(await ask()).toMatchObject({ status: 'answered' })
    expect(server.requests.received[0]?.headers).not.toHaveProperty('authorization')
  })

  test('is asked for without the organization and project that the environment names', async () => {
    vi.stubEnv('OPENAI_ORG_ID', 'org-1')
    vi.stubEnv('OPENAI_PROJECT_ID', 'proj-1')
    onTestFinished(() => void vi.unstubAllEnvs())
    const { ask, server } = await startScriptedProvider(() => ({ content: 'Hi.' }))
    await ask()
    const headers = server.requests.received[0]?.headers
    expect(headers).toHaveProperty('authorization')
    expect(headers).not.toHaveProperty('openai-organization')
    expect(headers).not.toHaveProperty('openai-project')
  })

  test('with token details has them in its usage', async () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 50,
      prompt_tokens_details: { cached_tokens: 64, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 32 },
    }
    expect((await answerTo({ content: 'Hi.', usage })).usage).toEqual({
      promptTokens: 100,
      completionTokens: 50,
      cachedPromptTokens: 64,
      reasoningTokens: 32,
    })
  })

  test.each([
    ['absent', null],
    ['unreadable', { prompt_tokens: 'many' }],
  ])('whose usage is %s has null for it and keeps its text', async (_, usage) => {
    expect(await answerTo({ content: 'Hi.', usage })).toMatchObject({ text: 'Hi.', usage: null })
  })
})

describe('a reply that stopped short', () => {
  test('is refused where the refusal field is set', async () => {
    const answer = await answerTo({ content: null, refusal: "I can't help with that." })
    expect(answer).toMatchObject({ finish: 'refused', refusal: "I can't help with that.", text: '' })
  })

  test('is content_filter by its finish reason, keeping the text so far', async () => {
    const answer = await answerTo({ content: 'The first', finish_reason: 'content_filter' })
    expect(answer).toMatchObject({ finish: 'content_filter', text: 'The first' })
  })

  test.each(['content_filter', 'invalid_prompt'])('is content_filter by HTTP 400 with code %s', async (code) => {
    const answer = await answerTo({
      status: 400,
      headers: { 'x-request-id': 'req-1' },
      body: { error: { code, message: 'The prompt was flagged.' } },
    })
    expect(answer).toMatchObject({ finish: 'content_filter', usage: null, responseId: 'req-1' })
    expect(answer.refusal).toContain('The prompt was flagged.')
  })

  test('is truncated by finish reason length, even with no content at all', async () => {
    expect(await answerTo({ content: 'Half a', finish_reason: 'length' })).toMatchObject({
      finish: 'truncated',
      text: 'Half a',
    })
    expect(await answerTo({ content: null, finish_reason: 'length' })).toMatchObject({ finish: 'truncated', text: '' })
  })

  test.each([
    ['code context_length_exceeded', { code: 'context_length_exceeded', message: 'too long' }],
    ['type exceed_context_size_error', { code: 400, type: 'exceed_context_size_error', message: 'too long' }],
  ])('is context_length by HTTP 400 with %s', async (_, error) => {
    const answer = await answerTo({ status: 400, body: { error } })
    expect(answer).toMatchObject({ finish: 'context_length', text: '', usage: null })
    expect(answer.refusal).toContain('too long')
  })
})

describe('reasoning', () => {
  test.each([
    ['reasoning_content', { content: 'Hi.', reasoning_content: 'They greet.' }],
    ['reasoning', { content: 'Hi.', reasoning: 'They greet.' }],
    ['a leading think block', { content: '\n<think>\nThey greet.\n</think>\n\nHi.' }],
  ])('is read from %s and kept out of the text', async (_, scripted) => {
    expect(await answerTo(scripted)).toMatchObject({ finish: 'complete', reasoning: 'They greet.', text: 'Hi.' })
  })

  test('that was never closed when the limit came is all reasoning of a truncated answer', async () => {
    const answer = await answerTo({ content: '<think>They greet, so', finish_reason: 'length' })
    expect(answer).toMatchObject({ finish: 'truncated', reasoning: 'They greet, so', text: '' })
  })

  test('is not taken from a think block inside the text', async () => {
    const content = 'Write <think>x</think> first.'
    expect(await answerTo({ content })).toMatchObject({ reasoning: '', text: content })
  })

  test('alone, with null content, is an answer without text', async () => {
    const answer = await answerTo({ content: null, reasoning_content: 'They greet.' })
    expect(answer).toMatchObject({ finish: 'complete', reasoning: 'They greet.', text: '' })
  })
})

test('a choice with null content and nothing else is paid for: an answer with empty text and its usage', async () => {
  const answer = await answerTo({ content: null })
  expect(answer).toMatchObject({ finish: 'complete', text: '', reasoning: '', usage: { promptTokens: 10 } })
})

describe('a reply with status 200 that is no completion is retryable:', () => {
  test.each([
    ['an HTML page', { misbehaviour: 'html' }],
    ['JSON that breaks off', { misbehaviour: 'invalid_json' }],
    ['no choices', { status: 200, body: { error: { code: 502, message: 'upstream' } } }],
    ['a choice without a message', { status: 200, body: { choices: [{ finish_reason: 'stop' }] } }],
    ['an empty list of choices', { status: 200, body: { choices: [] } }],
    ['an empty body', { status: 200, body: '' }],
    ['a generation that the server gave up', { content: 'Half', finish_reason: 'error' }],
  ] as const)('%s', async (_, scripted) => {
    const outcome = await outcomeOf(scripted)
    expect(outcome).toMatchObject({ status: 'retryable', retryAfterMs: null })
  })
})
