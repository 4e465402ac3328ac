import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { answerHub, type HubState } from './hub-routes.ts'
import { listenOnLoopback } from './listen-on-loopback.ts'
import { actOut, readWireRequest, type FindFault, type WireRequest } from './wire-faults.ts'

export type HubServer = HubState & {
  readonly url: string
  /** Every request that came, refused ones included. */
  readonly requests: WireRequest[]
  fault: FindFault
  /** Called when work was done whose answer is now lost. */
  onLost: () => void
}

/**
 * The part of the hub's HTTP API that publishing uses, on a free loopback port. It refuses what the hub would: a wrong
 * token, shapes that it does not know, objects whose SHA-256 or size is not the one that was announced, commits of
 * objects that nobody uploaded, and a parent that is no longer the branch's newest commit.
 */
export async function startHubServer(
  options: Partial<Pick<HubState, 'token' | 'partBytes' | 'pageSize'>> = {},
): Promise<HubServer> {
  const state: HubServer = {
    url: '',
    token: 'hf_test_token',
    partBytes: Number.POSITIVE_INFINITY,
    pageSize: 1000,
    repos: new Map(),
    objects: new Map(),
    parts: new Map(),
    requests: [],
    fault: () => undefined,
    onLost: () => undefined,
    ...options,
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const wire = readWireRequest(request)
    state.requests.push(wire)
    const fault = state.fault(wire)
    if (fault !== undefined && actOut(fault, request, response, '{"error":"a fault of the test"}')) return
    const reply = answerHub(state, wire, request.headers, new Uint8Array(await buffer(request)))
    if (fault === 'lose_answer') {
      state.onLost()
      request.socket.destroy()
      return
    }
    const isBytes = reply.body instanceof Uint8Array
    const body = isBytes ? reply.body : JSON.stringify(reply.body ?? {})
    response.writeHead(reply.status, {
      'content-type': isBytes ? 'application/octet-stream' : 'application/json',
      'content-length': Buffer.byteLength(body),
      ...reply.headers,
    })
    response.end(wire.method === 'HEAD' ? undefined : body)
  }
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: `hub server: ${String(error)}` }))
    })
  })
  return Object.assign(state, { url: await listenOnLoopback(server) })
}
