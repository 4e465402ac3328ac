import { describe, expect, test } from 'vitest'
import { createChatBody } from '../../pipeline/models/chat-body.ts'
import { encodeBatchLine, readBatchLine } from '../../pipeline/models/batch-line.ts'
import { createRedactor } from '../../pipeline/models/redact-key.ts'
import { renderCompletion } from '../support/chat-completion.ts'
import { outcomeOf, request, testKey } from './scripted-provider.ts'
import type { Scripted } from '../support/chat-server.ts'

const target = { endpoint: 'http://test.invalid/v1', model: 'scripted' }
const read = (line: string) => readBatchLine(line, target, createRedactor(testKey))
const wrap = (status_code: number, body: unknown): string =>
  JSON.stringify({ id: 'batch_req_1', custom_id: 'd', response: { status_code, request_id: 'r', body }, error: null })
const error = (code: string | null, message = 'no'): Record<string, unknown> => ({
  error: { code, message, type: 'invalid_request_error' },
})

test('a line has the digest as its id and the very body of a live request', () => {
  const schema = { name: 'verdict', schema: { type: 'object' } }
  for (const askedAs of ['json_schema', 'json_object', 'prompt'] as const) {
    const asked = { ...request, schema }
    const text = encodeBatchLine({ digest: 'd', request: asked, askedAs }).toString()
    expect(text.endsWith('}\n')).toBe(true)
    expect(JSON.parse(text)).toEqual({
      custom_id: 'd',
      method: 'POST',
      url: '/v1/chat/completions',
      body: createChatBody(asked, askedAs),
    })
  }
})

describe('a line is read as the live reply is:', () => {
  test.each<[string, Extract<Scripted, { content: unknown }>]>([
    ['a completion', { content: 'hello' }],
    ['a refusal', { content: null, refusal: 'I will not' }],
    ['a filter stop', { content: '', finish_reason: 'content_filter' }],
    ['truncation', { content: 'half', finish_reason: 'length' }],
    ['thought', { content: '<think>hm</think>yes' }],
    ['no usage', { content: 'hello', usage: null }],
  ])('%s', async (_, scripted) => {
    const live = await outcomeOf(scripted)
    const reading = read(wrap(200, JSON.parse(renderCompletion(scripted, 'scripted', 0))))
    if (live.status !== 'answered' || !reading.ok || reading.outcome.status !== 'answered')
      throw new Error('expected answers')
    expect(reading.outcome.answer).toEqual(live.answer)
  })

  test.each<[string, number, Record<string, unknown>, string]>([
    ['a filtered prompt', 400, error('content_filter'), 'answered'],
    ['a prompt that is too long', 400, error('context_length_exceeded'), 'answered'],
    ['a bad request', 400, error(null), 'turned_down'],
    ['a wrong key', 401, error(null), 'turned_down'],
    ['no quota', 429, { error: { code: 'insufficient_quota', message: 'pay' } }, 'turned_down'],
    ['a rate limit', 429, error('rate_limit_exceeded'), 'failed'],
    ['a server error', 500, {}, 'failed'],
    ['no such thing as a schema', 501, error(null), 'turned_down'],
    ['a broken generation', 200, { choices: [{ message: { content: 'x' }, finish_reason: 'error' }] }, 'failed'],
    ['no completion', 200, { hello: 1 }, 'failed'],
  ])('%s', (_, status, body, outcome) => {
    const reading = read(wrap(status, body))
    expect(reading.ok && reading.outcome.status).toBe(outcome)
  })
})

test('a line without a response is a try that failed, with the reason', () => {
  const line = JSON.stringify({ custom_id: 'd', response: null, error: { code: 'batch_expired', message: 'too late' } })
  expect(read(line)).toEqual({
    ok: true,
    digest: 'd',
    outcome: {
      status: 'failed',
      detail: 'the batch left it without an answer: batch_expired too late',
      mayBeBilled: false,
    },
  })
})

test.each<[string, string, boolean]>([
  ['no completion', wrap(200, { hello: 1 }), true],
  ['a server error', wrap(500, {}), false],
])('%s that is no answer says whether it may be billed, as live', (_, line, mayBeBilled) => {
  expect(read(line)).toMatchObject({ outcome: { status: 'failed', mayBeBilled } })
})

test.each([
  ['half a line', wrap(200, {}).slice(0, 30)],
  ['a page', '<h1>Sign in</h1>'],
  ['no id', '{"response":null}'],
  ['a number', '7'],
])('%s is no line', (_, line) => {
  expect(read(line).ok).toBe(false)
})

test('no key gets from a line into a detail', () => {
  for (const line of [wrap(500, error(null, `key ${testKey}`)), `<h1>${testKey}</h1>`, wrap(200, { key: testKey })]) {
    expect(JSON.stringify(read(line))).not.toContain(testKey)
  }
})
