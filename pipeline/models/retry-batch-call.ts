import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import type { BatchResult } from './batch-api.ts'

export type BatchRetries = {
  /** Tries in all; at least 1. */
  readonly maxTries: number
  readonly baseDelayMs: number
  readonly maxDelayMs: number
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Aborted: a wait ends and no further try is made; the last outcome is returned. */
  readonly drain: AbortSignal
  readonly stop: AbortSignal
}

/**
 * Repeats a call that may be repeated without harm while it fails in a way that may pass, and gives the last outcome.
 * Creating a batch is none of these calls: see submit-batch.ts.
 */
export async function retryBatchCall<T>(
  call: () => Promise<BatchResult<T>>,
  retries: BatchRetries,
): Promise<BatchResult<T>> {
  let last: BatchResult<T> | null = null
  const attempt = async (): Promise<BatchResult<T>> => {
    last = await call()
    if (last.status === 'retryable') throw new TryAgain(last.detail)
    return last
  }
  try {
    return await pRetry(attempt, {
      retries: retries.maxTries - 1,
      minTimeout: 0,
      shouldRetry: ({ error }) => error instanceof TryAgain && !retries.drain.aborted,
      onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
        if (!(error instanceof TryAgain) || retriesLeft === 0 || retries.drain.aborted) return
        await waitBeforeTry(attemptNumber, last, retries)
      },
    })
  } catch (error) {
    if (error instanceof TryAgain && last !== null) return last
    throw error
  }
}

/** The longer of the back-off and what the server asks for; shorter where the run is draining. */
export async function waitBeforeTry(
  attempt: number,
  failure: BatchResult<unknown> | null,
  { baseDelayMs, maxDelayMs, random, drain, stop }: BatchRetries,
): Promise<void> {
  const step = Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1))
  const askedMs = failure?.status === 'retryable' ? (failure.retryAfterMs ?? 0) : 0
  await waitUnless(Math.max(step * (0.5 + random() / 2), Math.min(askedMs, longestWaitMs)), drain, stop)
}

/** A server that asks for longer is asked again after this time. */
const longestWaitMs = 15 * 60_000

/** Resolves early when `drain` is aborted; rejects when `stop` is. */
export async function waitUnless(waitMs: number, drain: AbortSignal, stop: AbortSignal): Promise<void> {
  try {
    await sleep(waitMs, undefined, { signal: AbortSignal.any([drain, stop]) })
  } catch (error) {
    stop.throwIfAborted()
    if (!drain.aborted) throw error
  }
}

/** Carries a failed try through p-retry, which goes by what is thrown; never leaves this file. */
class TryAgain extends Error {}
