import type { Answer } from '../records/answer.ts'
import type { ModelRequest } from '../records/request.ts'

/**
 * `unavailable` is not a verdict on the request: the row stays open and a later run asks again.
 * - `offline_miss`: not in the store and the build may not send;
 * - `provider_failed`: every try failed in a way that may pass;
 * - `interrupted`: the build is draining;
 * - `budget`: the run's budget has no room for it;
 * - `batched`: it is in a batch, or about to be, and will be answered later.
 */
export type Reply =
  | {
      readonly status: 'answered'
      readonly digest: string
      readonly answer: Answer
      readonly fromStore: true
      readonly attempt?: number
    }
  | {
      readonly status: 'answered'
      readonly digest: string
      readonly answer: Answer
      readonly fromStore: false
      /** From sending to the whole answer, of the try that was answered: waits for limits and other tries are no part. */
      readonly latencyMs: number
      /** The request's, where it was asked again: what follows from this answer is asked in the same attempt. */
      readonly attempt?: number
    }
  | {
      readonly status: 'unavailable'
      readonly digest: string
      readonly reason: 'offline_miss' | 'provider_failed' | 'interrupted' | 'budget' | 'batched'
      readonly detail: string
    }

/** What a request is for, for counts and prices; never part of its identity. */
export type Purpose = {
  /** `classify`, `generate` or `grade:<grader>`. */
  readonly step: string
  readonly category: string | null
}

/** The port the stages see: a request in, a reply out; lookup, budget, limits and retries are behind it. */
export type ModelPort = {
  readonly ask: (request: ModelRequest, purpose: Purpose) => Promise<Reply>
}
