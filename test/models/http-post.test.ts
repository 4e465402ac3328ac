import { once } from 'node:events'
import { createServer as createProxy } from 'node:http'
import { connect, createServer } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { createHttpPost, type PostCall } from '../../pipeline/models/http-post.ts'
import { startChatServer, type ChatServerOptions, type Scripted } from '../support/chat-server.ts'

async function start(
  reply: Scripted | ChatServerOptions['reply'],
  { timeoutMs = 5000, connections = 2, usesEnvProxy = false } = {},
) {
  const server = await startChatServer({ reply: typeof reply === 'function' ? reply : () => reply })
  const http = createHttpPost({ timeoutMs, connections, usesEnvProxy })
  onTestFinished(async () => {
    await server.close()
    await http.close()
  })
  const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'ä' }] }))
  const call: PostCall = { url: `${server.baseUrl}/chat/completions`, headers: { 'x-test': '1' }, body }
  const post = (signal = new AbortController().signal) => http.post(call, signal)
  return { server, post }
}

test('status, headers and text come through both ways', async () => {
  const { post, server } = await start({ status: 418, headers: { 'x-request-id': 'r1' }, body: 'ünïcode' })
  const reply = await post()
  expect(reply).toMatchObject({ status: 'replied', httpStatus: 418, text: 'ünïcode' })
  expect(reply.status === 'replied' && [reply.headers.get('x-request-id'), reply.headers.get('x-none')]).toEqual([
    'r1',
    null,
  ])
  expect(server.requests.received[0]).toMatchObject({
    headers: { 'x-test': '1' },
    body: { messages: [{ content: 'ä' }] },
  })
})

test('a status without a body is a reply', async () => {
  const { post } = await start({ status: 204 })
  expect(await post()).toMatchObject({ status: 'replied', httpStatus: 204, text: '' })
})

test('a redirect is handed over, not followed', async () => {
  const { post, server } = await start({ status: 307, headers: { location: '/v1/chat/completions' } })
  expect(await post()).toMatchObject({ httpStatus: 307 })
  expect(server.requests.count).toBe(1)
})

test('a reset in mid-body is no reply, of a request that may have been answered', async () => {
  const { post } = await start({ misbehaviour: 'reset_mid_body' })
  const detail = expect.stringContaining('UND_ERR_SOCKET')
  expect(await post()).toMatchObject({ status: 'no_reply', isUnsent: false, detail })
})

test('a reply that does not end in time is none, of a request that may have been answered', async () => {
  const { post } = await start({ misbehaviour: 'slow_body', delayMs: 5000 }, { timeoutMs: 40 })
  expect(await post()).toEqual({ status: 'no_reply', isUnsent: false, detail: 'none within 40 ms' })
})

test('where nobody listens nothing was sent', async () => {
  const http = createHttpPost({ timeoutMs: 5000, connections: 1, usesEnvProxy: false })
  onTestFinished(() => http.close())
  const post = (url: string) => http.post({ url, headers: {}, body: Buffer.from('{}') }, new AbortController().signal)
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = z.object({ port: z.int() }).parse(free.address())
  free.close()
  await once(free, 'close')
  const refused = await post(`http://127.0.0.1:${port}/v1/chat/completions`)
  expect(refused).toMatchObject({ status: 'no_reply', isUnsent: true, detail: expect.stringContaining('ECONNREFUSED') })
})

test('a header that HTTP cannot carry is a bug, not a connection error', async () => {
  const http = createHttpPost({ timeoutMs: 5000, connections: 1, usesEnvProxy: false })
  onTestFinished(() => http.close())
  const call = { url: 'http://127.0.0.1:9/', headers: { 'x-test': 'a\nb' }, body: Buffer.from('') }
  await expect(http.post(call, new AbortController().signal)).rejects.toThrow('invalid x-test header')
})

test('more requests than connections all come through', async () => {
  const { post, server } = await start({ content: 'Hi.' })
  const replies = await Promise.all(Array.from({ length: 20 }, () => post()))
  expect(replies.every(({ status }) => status === 'replied')).toBe(true)
  expect(server.requests.count).toBe(20)
})

test('an abort rejects with its reason, and frees the connection for the next request', async () => {
  let n = 0
  const reply = (): Scripted => (n++ === 0 ? { misbehaviour: 'hang' } : { status: 200, body: { a: 1 } })
  const { post } = await start(reply, { connections: 1 })
  const controller = new AbortController()
  setTimeout(() => controller.abort(new Error('draining')), 10)
  await expect(post(controller.signal)).rejects.toThrow('draining')
  expect(await post()).toMatchObject({ httpStatus: 200 })
})

test('a request that has ended takes nothing of an abort that comes later', async () => {
  const { post } = await start({ content: 'Hi.' })
  const controller = new AbortController()
  const stopped = vi.spyOn(AbortController.prototype, 'abort')
  onTestFinished(() => stopped.mockRestore())
  await post(controller.signal)
  controller.abort()
  expect(stopped).toHaveBeenCalledOnce()
})

test.each([
  ['goes by the proxy of the environment where it is told to', true, '', 1],
  ['not to a host that the environment exempts', true, '127.0.0.1', 0],
  ['not where it is not told to', false, '', 0],
])('a request %s', async (_, usesEnvProxy, noProxy, viaProxy) => {
  let tunnels = 0
  const proxy = createProxy().on('connect', (asked, client) => {
    tunnels += 1
    const [host = '', port = ''] = (asked.url ?? '').split(':')
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    for (const socket of [client, upstream]) socket.on('error', () => undefined)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => void proxy.close())
  const { port } = z.object({ port: z.int() }).parse(proxy.address())
  const env = { HTTP_PROXY: `http://127.0.0.1:${port}`, http_proxy: undefined, NO_PROXY: noProxy, no_proxy: undefined }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const { post } = await start({ content: 'Hi.' }, { usesEnvProxy })
  expect(await post()).toMatchObject({ status: 'replied', httpStatus: 200 })
  expect(tunnels).toBe(viaProxy)
})

test('a proxy that makes no tunnel has passed nothing on', async () => {
  const proxy = createProxy().on('connect', (_, client) => {
    client.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => void proxy.close())
  const { port } = z.object({ port: z.int() }).parse(proxy.address())
  const env = { HTTP_PROXY: `http://127.0.0.1:${port}`, http_proxy: undefined, NO_PROXY: '', no_proxy: undefined }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const { post, server } = await start({ content: 'Hi.' }, { usesEnvProxy: true })
  expect(await post()).toMatchObject({ status: 'no_reply', isUnsent: true, detail: expect.stringContaining('407') })
  expect(server.requests.count).toBe(0)
})
