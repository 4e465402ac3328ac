import type { Answer } from '../records/answer.ts'
import type { ModelRequest } from '../records/request.ts'
import type { ServerLimits } from './server-limits.ts'

/**
 * What one attempt at a server came to. Whether it may be tried again is decided here, from status codes and error
 * codes, never from message text:
 * - `answered`: a reply that is paid for, refusals, filter stops and truncation included;
 * - `retryable`: 408, 409, 429, 5xx, a reset, a time-out, a body that is not a chat completion;
 * - `fatal`: wrong key, unknown model, no such route, a request the server cannot take: the executor decides whether
 *   it was this request or all of them;
 * - `unaffordable`, `drained`: not sent at all.
 */
export type ProviderOutcome =
  | {
      readonly status: 'answered'
      readonly answer: Answer
      /** What the headers say of the server's limits, where they do. */
      readonly limits?: ServerLimits
      /** Of this try alone, where something measured it: waits for limits are no part of it. */
      readonly latencyMs?: number
    }
  | {
      readonly status: 'retryable'
      readonly httpStatus: number | null
      readonly retryAfterMs: number | null
      readonly detail: string
      /** The server may have answered, and billed it, without our getting the answer. */
      readonly mayBeBilled: boolean
      readonly limits?: ServerLimits
    }
  /** It was not sent: the run's budget has no room for it. */
  | { readonly status: 'unaffordable'; readonly detail: string }
  /** It was not sent: the run is ending. */
  | { readonly status: 'drained'; readonly detail: string }
  | { readonly status: 'fatal'; readonly httpStatus: number | null; readonly detail: string; readonly remedy: string }

/** The port to a model server: one attempt, no retries, no cache. Rejects only when `signal` is aborted. */
export type Provider = {
  readonly send: (request: ModelRequest, signal: AbortSignal) => Promise<ProviderOutcome>
}
