import { Agent, EnvHttpProxyAgent, errors, request } from 'undici'
import { onAbort } from './on-abort.ts'

export type HttpPost = {
  /** Rejects only with the reason of `signal`, or for a bug. Redirects are handed over, not followed. */
  readonly post: (call: PostCall, signal: AbortSignal) => Promise<PostReply>
  /** Waits for requests under way, then closes the connections. */
  readonly close: () => Promise<void>
}

export type HttpPostOptions = {
  /** Bound on one request, from its start to the last byte of the reply; undici's own 300 s would cut long generations off. */
  readonly timeoutMs: number
  /** Most connections to one origin; further requests wait for one. */
  readonly connections: number
  /** Go by HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment. */
  readonly usesEnvProxy: boolean
}

export type PostCall = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export type ReplyHeaders = Pick<Headers, 'get'>

/** What came back: a reply of any status, whole, or none. */
export type PostReply =
  | {
      readonly status: 'replied'
      readonly httpStatus: number
      readonly headers: ReplyHeaders
      readonly text: string
    }
  | {
      readonly status: 'no_reply'
      /** What there was instead. */
      readonly detail: string
      /** No server saw the request. */
      readonly isUnsent: boolean
    }

/** System error codes of a connection that never came about. */
const unsentCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** Posts over connections that are kept, with one time-out for all of an attempt. */
export function createHttpPost({ timeoutMs, connections, usesEnvProxy }: HttpPostOptions): HttpPost {
  const options = { connections, headersTimeout: 0, bodyTimeout: 0 }
  const dispatcher = usesEnvProxy ? new EnvHttpProxyAgent(options) : new Agent(options)
  return {
    post: async ({ url, headers, body }, signal) => {
      signal.throwIfAborted()
      // Not AbortSignal.any over AbortSignal.timeout, which are dearer.
      const attempt = new AbortController()
      let isLate = false
      const stop = (): void => attempt.abort()
      const timer = setTimeout(() => {
        isLate = true
        stop()
      }, timeoutMs)
      const forget = onAbort(signal, stop)
      try {
        const reply = await request(url, { dispatcher, method: 'POST', headers, body, signal: attempt.signal })
        const text = await reply.body.text()
        return { status: 'replied', httpStatus: reply.statusCode, headers: wrapHeaders(reply.headers), text }
      } catch (error) {
        signal.throwIfAborted()
        if (isLate) return { status: 'no_reply', detail: `none within ${timeoutMs} ms`, isUnsent: false }
        if (!(error instanceof Error) || error instanceof errors.InvalidArgumentError) throw error
        const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
        const detail = `a connection error: ${`${code} ${error.message}`.trim()}`
        // So begins what undici says of a proxy that makes no tunnel.
        const isUnsent = unsentCodes.has(code) || error.message.startsWith('Proxy response (')
        return { status: 'no_reply', detail, isUnsent }
      } finally {
        clearTimeout(timer)
        forget()
      }
    },
    close: () => dispatcher.close(),
  }
}

function wrapHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): ReplyHeaders {
  return {
    get: (name) => {
      const value = headers[name]
      return Array.isArray(value) ? value.join(', ') : (value ?? null)
    },
  }
}
