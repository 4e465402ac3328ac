import type { Answer } from '../records/answer.ts'
import type { ReplyHeaders } from './http-post.ts'
import type { ProviderOutcome } from './provider.ts'
import { readRetryAfterMs } from './retry-after.ts'
import { readServerLimits, type ServerLimits } from './server-limits.ts'

/** An HTTP reply that is not a completion. `code` and `type` come from its error object; `message` is safe to show. */
export type HttpFailure = {
  readonly httpStatus: number
  readonly code: string | null
  readonly type: string | null
  readonly message: string
  readonly headers: ReplyHeaders
}

/** Where the request went, as a user may see it. */
export type Target = { readonly endpoint: string; readonly model: string }

/**
 * Error codes that judge the prompt, not the request: Azure and OpenAI's own filter, and the code with which OpenAI's
 * reasoning models turn a flagged prompt down. A safety data set meets them row by row, so none of them may stop a build.
 */
const filterCodes: ReadonlySet<string> = new Set(['content_filter', 'invalid_prompt', 'content_policy_violation'])

/**
 * Time-outs on the way: the model may have written its reply, which is billed, although nobody waited for it. 524 is
 * Cloudflare's. Not 502 and 503, which a server that is down sends by the thousand without a token made.
 */
const generatedUnheard: ReadonlySet<number> = new Set([408, 504, 524])

/** Statuses with which servers turn down a `response_format` that they do not know. */
export const formatStatuses: ReadonlySet<number | null> = new Set([400, 422, 501])

/** Decides from status and codes what a failed attempt came to. `nowMs` dates a `retry-after` given as a date. */
export function readFailure(failure: HttpFailure, target: Target, nowMs: number): ProviderOutcome {
  const { httpStatus, code, type, message, headers } = failure
  if (httpStatus === 400) {
    if (code !== null && filterCodes.has(code)) return createAnswer('content_filter', failure)
    const isTooLong = code === 'context_length_exceeded' || type === 'exceed_context_size_error'
    if (isTooLong) return createAnswer('context_length', failure)
  }
  const detail = `expected a completion from ${target.endpoint}, got HTTP ${httpStatus}: ${message}`
  const isOutOfQuota = code === 'insufficient_quota' || type === 'insufficient_quota'
  if (isRetryable(httpStatus) && !isOutOfQuota) {
    return {
      status: 'retryable',
      httpStatus,
      retryAfterMs: readRetryAfterMs(headers, nowMs),
      detail,
      mayBeBilled: generatedUnheard.has(httpStatus),
      ...(httpStatus === 429 ? readRefusal(failure) : {}),
    }
  }
  return { status: 'fatal', httpStatus, detail, remedy: writeRemedy(httpStatus, isOutOfQuota, target) }
}

/** OpenAI's 429 names the limit that was met in its error type; other servers' types mean nothing here. */
function readRefusal({ type, headers }: HttpFailure): { readonly limits?: ServerLimits } {
  const limits = readServerLimits(headers)
  if (type === 'requests' || type === 'tokens') {
    return { limits: { requestsPerMinute: null, tokensPerMinute: null, ...limits, exhausted: type } }
  }
  return limits === null ? {} : { limits }
}

function isRetryable(httpStatus: number): boolean {
  return httpStatus === 408 || httpStatus === 409 || httpStatus === 429 || httpStatus >= 500
}

function writeRemedy(httpStatus: number, isOutOfQuota: boolean, { endpoint, model }: Target): string {
  if (isOutOfQuota || httpStatus === 402) {
    return `add credit or raise the quota of the account at ${endpoint} (model "${model}"), then run again`
  }
  switch (httpStatus) {
    case 401:
      return `check the API key that is configured for ${endpoint} (model "${model}")`
    case 403:
      return `check that the API key configured for ${endpoint} may use model "${model}"`
    case 404:
      return `check that ${endpoint} is the base URL (most end in /v1) and that it serves model "${model}"`
    default:
      return httpStatus < 400
        ? `set the endpoint to the address that ${endpoint} redirects to (model "${model}")`
        : `check the parameters configured for model "${model}" against what ${endpoint} takes`
  }
}

function createAnswer(finish: Answer['finish'], { message, headers }: HttpFailure): ProviderOutcome {
  const responseId = headers.get('x-request-id') ?? ''
  const answer = { finish, text: '', reasoning: '', refusal: message, usage: null, servedModel: '', responseId }
  return { status: 'answered', answer }
}
