import { describe, expect, test } from 'vitest'
import { createOpenAiProvider } from '../../pipeline/models/openai-provider.ts'
import { outcomeOf, request, startScriptedProvider, testKey } from './scripted-provider.ts'

function failWith(status: number, error: Readonly<Record<string, unknown>> = {}) {
  return { status, body: { error: { message: 'no', ...error } } }
}

describe('a failure that may pass is retryable:', () => {
  test.each([408, 409, 429, 500, 502, 503, 529])('HTTP %i', async (status) => {
    expect(await outcomeOf(failWith(status))).toMatchObject({ status: 'retryable', httpStatus: status })
  })

  test.each(['reset', 'reset_mid_body'] as const)('a connection that breaks (%s)', async (misbehaviour) => {
    const outcome = await outcomeOf({ misbehaviour })
    expect(outcome).toMatchObject({ status: 'retryable', httpStatus: null })
    expect(outcome).toHaveProperty('detail', expect.stringContaining('UND_ERR_SOCKET'))
  })

  test('a server that is not there', async () => {
    const { server, ask } = await startScriptedProvider(() => ({ content: 'Hi.' }))
    await server.close()
    expect(await ask()).toMatchObject({
      status: 'retryable',
      httpStatus: null,
      detail: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test.each([{ misbehaviour: 'hang' }, { misbehaviour: 'slow_body', delayMs: 5000 }] as const)(
    'no whole reply within the time-out ($misbehaviour)',
    async (scripted) => {
      const outcome = await outcomeOf(scripted, { timeoutMs: 40 })
      expect(outcome).toMatchObject({ status: 'retryable', httpStatus: null })
      expect(outcome).toHaveProperty('detail', expect.stringContaining('within 40 ms'))
    },
  )
})

test('a body that comes slowly but within the time-out is an answer', async () => {
  const outcome = await outcomeOf({ misbehaviour: 'slow_body', delayMs: 20 })
  expect(outcome).toMatchObject({ status: 'answered' })
})

test('one attempt is one request: the client itself never retries', async () => {
  const { ask, server } = await startScriptedProvider(() => ({ status: 503, body: '' }))
  await ask()
  expect(server.requests.count).toBe(1)
})

test.each([
  [{ 'retry-after': '2' }, 2000],
  [{ 'retry-after-ms': '150', 'retry-after': '2' }, 150],
  [{}, null],
])('the wait that the server asks for is passed on: %o', async (headers, retryAfterMs) => {
  const outcome = await outcomeOf({ status: 429, headers, body: '' })
  expect(outcome).toMatchObject({ status: 'retryable', retryAfterMs })
})

describe('a failure that cannot pass is fatal and names endpoint and model:', () => {
  test.each([
    [401, /API key/],
    [402, /credit/],
    [403, /may use/],
    [404, /base URL/],
    [413, /parameters/],
    [400, /parameters/],
    [307, /redirects/],
  ])('HTTP %i', async (status, remedy) => {
    const { ask, server } = await startScriptedProvider(() => failWith(status))
    const outcome = await ask()
    expect(outcome).toMatchObject({ status: 'fatal', httpStatus: status, remedy: expect.stringMatching(remedy) })
    expect(outcome).toHaveProperty('remedy', expect.stringContaining(server.baseUrl))
    expect(outcome).toHaveProperty('remedy', expect.stringContaining('"scripted"'))
  })

  test('HTTP 429 with code insufficient_quota', async () => {
    const outcome = await outcomeOf(failWith(429, { code: 'insufficient_quota' }))
    expect(outcome).toMatchObject({ status: 'fatal', httpStatus: 429, remedy: expect.stringContaining('quota') })
  })
})

describe('the API key is never in an outcome:', () => {
  const echoes = [
    ['an error message', (key: string) => failWith(401, { message: `bad key ${key}` })],
    ['an error object without a message', (key: string) => ({ status: 400, body: { error: { got: key } } })],
    ['a plain error body', (key: string) => ({ status: 500, body: `got ${key}` })],
    ['a filter message', (key: string) => failWith(400, { code: 'content_filter', message: key })],
    ['a page with status 200', (key: string) => ({ status: 200, headers: { 'content-type': 'text/html' }, body: key })],
    ['JSON that does not parse', (key: string) => ({ status: 200, body: key })],
    ['a message cut off inside the key', (key: string) => failWith(401, { message: `${'x'.repeat(440)} ${key}` })],
  ] as const
  test.each(echoes)('the server echoes it in %s', async (_, echo) => {
    const { ask } = await startScriptedProvider((_body, _n, headers) =>
      echo(headers.authorization?.slice('Bearer '.length) ?? 'no key arrived'),
    )
    const told = JSON.stringify(await ask())
    expect(told).not.toContain('no key arrived')
    expect(told).not.toContain(testKey.slice(0, 5))
  })

  test('the detail stays short however long the echo is', async () => {
    const outcome = await outcomeOf({ status: 500, body: 'x'.repeat(100_000) })
    expect(JSON.stringify(outcome).length).toBeLessThan(1000)
  })

  test('a key that no header can carry is refused without being named', () => {
    const options = { endpoint: request.endpoint, apiKey: 'sk-a\nsk-b', timeoutMs: 1000 }
    const refusal = expect.objectContaining({ code: 'invalid_api_key', message: expect.not.stringContaining('sk-a') })
    expect(() => createOpenAiProvider(options)).toThrow(refusal)
  })
})

describe('an abort', () => {
  test('before sending rejects with its reason and sends nothing', async () => {
    const { provider, server } = await startScriptedProvider(() => ({ content: 'Hi.' }))
    const reason = new Error('draining')
    await expect(provider.send(request, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(server.requests.count).toBe(0)
  })

  test.each([{ misbehaviour: 'hang' }, { misbehaviour: 'slow_body', delayMs: 5000 }] as const)(
    'while waiting rejects with its reason at once ($misbehaviour)',
    async (scripted) => {
      const controller = new AbortController()
      const reason = new Error('draining')
      const { provider } = await startScriptedProvider(() => {
        setTimeout(() => controller.abort(reason), 10)
        return scripted
      })
      await expect(provider.send(request, controller.signal)).rejects.toBe(reason)
    },
  )
})
