import { expect, onTestFinished, test } from 'vitest'
import { createUndiciFetch } from '../../pipeline/models/undici-fetch.ts'
import { startChatServer, type Scripted } from '../support/chat-server.ts'

async function start(scripted: Scripted, timeoutMs = 5000) {
  const server = await startChatServer({ reply: () => scripted })
  const transport = createUndiciFetch({ timeoutMs, connections: 2 })
  onTestFinished(async () => {
    await server.close()
    await transport.close()
  })
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'ä' }] })
  const url = `${server.baseUrl}/chat/completions`
  const post = (signal?: AbortSignal) =>
    transport.fetch(url, { method: 'POST', body, headers: { 'x-test': '1' }, ...(signal ? { signal } : {}) })
  return { server, transport, post }
}

test('status, headers and text come through both ways', async () => {
  const { post, server } = await start({ status: 418, headers: { 'x-request-id': 'r1' }, body: 'ünïcode' })
  const response = await post()
  expect([response.status, response.ok, response.headers.get('x-request-id')]).toEqual([418, false, 'r1'])
  expect(await response.text()).toBe('ünïcode')
  expect(server.requests.received[0]).toMatchObject({
    headers: { 'x-test': '1' },
    body: { messages: [{ content: 'ä' }] },
  })
})

test('json() decodes the body', async () => {
  const { post } = await start({ status: 200, body: { a: 1 } })
  const response = await post()
  expect(response.ok).toBe(true)
  expect(await response.json()).toEqual({ a: 1 })
})

test('GET reads the list of models', async () => {
  const { server, transport } = await start({ content: '' })
  const response = await transport.fetch(`${server.baseUrl}/models`)
  expect(await response.json()).toMatchObject({ data: [{ id: 'scripted' }] })
})

test('a status without a body is a response, not an error', async () => {
  const { post } = await start({ status: 204 })
  expect((await post()).status).toBe(204)
})

test('a redirect is handed over, not followed', async () => {
  const { post, server } = await start({ status: 307, headers: { location: '/v1/chat/completions' } })
  expect((await post()).status).toBe(307)
  expect(server.requests.count).toBe(1)
})

test('a reset in mid-body rejects', async () => {
  const { post } = await start({ misbehaviour: 'reset_mid_body' })
  await expect(post()).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' })
})

test('more requests than connections all come through', async () => {
  const { post, server } = await start({ content: 'Hi.' })
  const responses = await Promise.all(Array.from({ length: 20 }, () => post()))
  expect(responses.every(({ ok }) => ok)).toBe(true)
  expect(server.requests.count).toBe(20)
})

test('an abort frees the connection for the next request', async () => {
  const controller = new AbortController()
  let n = 0
  const server = await startChatServer({
    reply: () => (n++ === 0 ? { misbehaviour: 'hang' } : { status: 200, body: { a: 1 } }),
  })
  const transport = createUndiciFetch({ timeoutMs: 5000, connections: 1 })
  onTestFinished(async () => {
    await server.close()
    await transport.close()
  })
  const body = JSON.stringify({ model: 'm', messages: [] })
  const url = `${server.baseUrl}/chat/completions`
  const hanging = transport.fetch(url, { method: 'POST', body, signal: controller.signal })
  setTimeout(() => controller.abort(new Error('draining')), 10)
  await expect(hanging).rejects.toThrow('draining')
  expect((await transport.fetch(url, { method: 'POST', body })).ok).toBe(true)
})
