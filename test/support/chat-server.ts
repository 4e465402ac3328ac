import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { renderCompletion, type ScriptedCompletion } from './chat-completion.ts'

export const chatBodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.string() })),
})
export type ChatBody = z.infer<typeof chatBodySchema>

/**
 * What the server does with one request: an ordinary completion, a raw HTTP answer, or a misbehaviour.
 * - `reset`: the connection is destroyed before any byte; `reset_mid_body`: after the headers and half of the body;
 * - `slow_body`: the headers and half of the body at once, the rest after `delayMs`;
 * - `html`: a login page with status 200; `invalid_json`: half a completion with a whole one's headers;
 * - `hang`: nothing is ever sent.
 */
export type Scripted =
  | ScriptedCompletion
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string | Readonly<Record<string, unknown>>
    }
  | { readonly misbehaviour: 'reset' | 'reset_mid_body' | 'html' | 'invalid_json' | 'hang' }
  | { readonly misbehaviour: 'slow_body'; readonly delayMs: number }

type ReceivedRequest = { readonly headers: IncomingHttpHeaders; readonly body: ChatBody }

export type ChatServer = {
  /** Such as `http://127.0.0.1:41234/v1`. */
  readonly baseUrl: string
  /** `received` stays empty when `keepRequests` is false. */
  readonly requests: { readonly count: number; readonly received: readonly ReceivedRequest[] }
  readonly close: () => Promise<void>
}

export type ChatServerOptions = {
  /** `n` is the 0-based number of the request. */
  readonly reply: (body: ChatBody, n: number, headers: IncomingHttpHeaders) => Scripted
  readonly latencyMs?: number
  /** Waited for before request `n` is replied to. */
  readonly hold?: (n: number) => Promise<void>
  readonly keepRequests?: boolean
  /** Default: any free one. */
  readonly port?: number
  /** Takes what is no chat completion; false where it is not for it either. */
  readonly routes?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>
}

/** A real HTTP server on a free loopback port that speaks the chat-completions API from a script. */
export async function startChatServer(options: ChatServerOptions): Promise<ChatServer> {
  const { reply, latencyMs = 0, hold, keepRequests = true, port = 0, routes } = options
  const requests: { count: number; received: ReceivedRequest[] } = { count: 0, received: [] }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?', 1)[0]
    if (request.method === 'GET' && path === '/v1/models') {
      send(response, 200, '{"object":"list","data":[{"id":"scripted","object":"model"}]}')
      return
    }
    if (request.method !== 'POST' || path !== '/v1/chat/completions') {
      if (await routes?.(request, response)) return
      send(response, 404, `{"error":{"message":"no route ${path}","type":"invalid_request_error"}}`)
      return
    }
    const body = chatBodySchema.parse(await json(request))
    const n = requests.count++
    if (keepRequests) requests.received.push({ headers: request.headers, body })
    const scripted = reply(body, n, request.headers)
    if (latencyMs > 0) await sleep(latencyMs)
    await hold?.(n)
    await act(response, scripted, body.model, n)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      if (!response.destroyed) send(response, 500, JSON.stringify({ error: { message: `chat server: ${message}` } }))
    })
  })
  server.keepAliveTimeout = 60_000
  server.listen(port, '127.0.0.1', 4096)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address')
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    requests,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function act(response: ServerResponse, scripted: Scripted, model: string, n: number): Promise<void> {
  if ('status' in scripted) {
    const { body = '' } = scripted
    send(response, scripted.status, typeof body === 'string' ? body : JSON.stringify(body), scripted.headers)
    return
  }
  if (!('misbehaviour' in scripted)) {
    send(response, 200, renderCompletion(scripted, model, n))
    return
  }
  const whole = renderCompletion({ content: 'half of this is missing' }, model, n)
  const half = whole.slice(0, whole.length / 2)
  switch (scripted.misbehaviour) {
    case 'hang':
      return
    case 'reset':
      response.destroy()
      return
    case 'html':
      send(response, 200, '<!doctype html><title>Sign in</title>', { 'content-type': 'text/html' })
      return
    case 'invalid_json':
      send(response, 200, half)
      return
    case 'reset_mid_body':
      writeHead(response, 200, whole)
      response.write(half, () => response.destroy())
      return
    case 'slow_body':
      writeHead(response, 200, whole)
      response.write(half)
      await sleep(scripted.delayMs)
      response.end(whole.slice(half.length))
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers?: Readonly<Record<string, string>>,
): void {
  writeHead(response, status, body, headers)
  response.end(body)
}

function writeHead(
  response: ServerResponse,
  status: number,
  body: string,
  headers?: Readonly<Record<string, string>>,
): void {
  const length = Buffer.byteLength(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers })
}
