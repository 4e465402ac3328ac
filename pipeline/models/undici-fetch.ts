import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'undici'

export type UndiciFetch = {
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  /** Waits for requests under way, then closes the connections. */
  readonly close: () => Promise<void>
}

export type UndiciFetchOptions = {
  /** Bound on the wait for headers and between body chunks; undici's own 300 s would cut long generations off. */
  readonly timeoutMs: number
  /** Most connections to one origin; further requests wait for one. */
  readonly connections: number
}

/**
 * The part of `fetch` that an API client needs, over `undici.request`: text bodies both ways, no redirects, no
 * decompression. The body is read before the response is handed over, so a reset in mid-body rejects like any other
 * connection error, and a `Response` made from finished text skips the stream plumbing that makes `fetch` dear
 * (openai client, 256 at once, Node 24: 0.20 CPU seconds per 1,000 requests against 0.33).
 */
export function createUndiciFetch({ timeoutMs, connections }: UndiciFetchOptions): UndiciFetch {
  const dispatcher = new Agent({ connections, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
  return {
    fetch: async (input, init = {}) => {
      const { method = 'GET', headers, body, signal } = init
      if (input instanceof Request) throw new TypeError('expected a URL, got a Request')
      if (body !== undefined && body !== null && typeof body !== 'string') {
        throw new TypeError('expected a text body, got a binary or streamed one')
      }
      const reply = await request(input, {
        dispatcher,
        method: method === 'POST' ? 'POST' : 'GET',
        headers: Object.fromEntries(headers instanceof Headers ? headers : new Headers(headers)),
        body: body ?? null,
        signal: signal ?? null,
      })
      const text = await reply.body.text()
      // The statuses without a body (204, 304) refuse even an empty one.
      return new Response(text === '' ? null : text, { status: reply.statusCode, headers: toPairs(reply.headers) })
    },
    close: () => dispatcher.close(),
  }
}

function toPairs(headers: IncomingHttpHeaders): [string, string][] {
  return Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')])
}
