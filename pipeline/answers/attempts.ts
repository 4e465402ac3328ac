import { hash } from 'node:crypto'
import type { ModelRequest } from '../records/request.ts'
import type { Retry } from '../records/retry.ts'
import type { AnswerStore } from './answer-store.ts'
import { digestRequest } from './request-digest.ts'

/** Which attempt at a request counts, by the retries of a store. */
export type Attempts = {
  /** Of all that could change which answer is used; `none` without a retry. */
  readonly digest: string
  /** 0: the request was never asked again. */
  readonly newestOf: (firstDigest: string) => number
  /** The request as it is asked for now. One that names its attempt keeps it. */
  readonly identify: (request: ModelRequest) => { readonly request: ModelRequest; readonly digest: string }
}

export const noRetries = 'none'

export function createAttempts(retries: readonly Pick<Retry, 'digest' | 'attempt'>[]): Attempts {
  const newest = new Map<string, number>()
  for (const { digest, attempt } of retries) newest.set(digest, Math.max(attempt, newest.get(digest) ?? 0))
  const sorted = [...newest].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    digest: sorted.length === 0 ? noRetries : hash('sha256', JSON.stringify(sorted)),
    newestOf: (firstDigest) => newest.get(firstDigest) ?? 0,
    identify: (request) => {
      const digest = digestRequest(request)
      const attempt = request.attempt === undefined ? newest.get(digest) : undefined
      if (attempt === undefined) return { request, digest }
      const again = { ...request, attempt }
      return { request: again, digest: digestRequest(again) }
    },
  }
}

/** The same request as it was before it was ever asked again. */
export function toFirstAttempt(request: ModelRequest): ModelRequest {
  const { attempt: _leftOut, ...first } = request
  return first
}

/** Digests of the attempts before this one, the first one first. */
export function listEarlierAttempts(request: ModelRequest): readonly string[] {
  return Array.from({ length: request.attempt ?? 0 }, (_, n) => digestAttempt(request, n))
}

function digestAttempt(request: ModelRequest, attempt: number): string {
  const first = toFirstAttempt(request)
  return digestRequest(attempt === 0 ? first : { ...first, attempt })
}

/**
 * Whether the attempt before was declined: the same status then says the same again, also from a server that answers
 * nothing else in this run, whose first such reply would otherwise be taken for a wrong key or parameter.
 */
export async function wasDeclinedBefore(request: ModelRequest, store: Pick<AnswerStore, 'get'>): Promise<boolean> {
  if (request.attempt === undefined) return false
  return (await store.get(digestAttempt(request, request.attempt - 1)))?.finish === 'declined'
}
