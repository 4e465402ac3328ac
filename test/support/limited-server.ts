import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { renderCompletion } from './chat-completion.ts'
import { createLimitedService, type HiddenLimits, type LimitedService } from './limited-service.ts'

export type LimitedServer = {
  readonly baseUrl: string
  readonly service: LimitedService
  readonly close: () => Promise<void>
}

export type LimitedServerOptions = {
  readonly limits: HiddenLimits
  /** Of one answer; a refusal comes at once. */
  readonly latencyMs: () => number
  /** Of one request, prompt and reply. */
  readonly tokens: () => number
}

/** A chat-completions server with limits, on a free loopback port. */
export async function startLimitedServer({ limits, latencyMs, tokens }: LimitedServerOptions): Promise<LimitedServer> {
  const service = createLimitedService(limits, () => performance.now())

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const n = service.counts().admitted
    const used = tokens()
    const admission = service.admit(used)
    await text(request)
    if (!admission.isAdmitted) {
      response.writeHead(429, { 'content-type': 'application/json', ...admission.headers })
      response.end('{"error":{"message":"slow down"}}')
      return
    }
    await sleep(latencyMs())
    admission.end()
    const completion = Math.round(used / 2)
    const usage = { prompt_tokens: used - completion, completion_tokens: completion }
    response.writeHead(200, { 'content-type': 'application/json', ...admission.headers })
    response.end(renderCompletion({ content: 'Hi.', usage }, 'limited', n))
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)))
    })
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1', 4096)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address')
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    service,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
