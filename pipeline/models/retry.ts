import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import type { ModelRequest } from '../records/request.ts'
import type { Provider, ProviderOutcome } from './provider.ts'

type RetryableOutcome = Extract<ProviderOutcome, { status: 'retryable' }>

export type Retry = {
  readonly request: ModelRequest
  readonly outcome: RetryableOutcome
  /** 1-based number of the try that failed. */
  readonly attempt: number
  readonly waitMs: number
}

export type RetryOptions = {
  /** Tries in all, the first one included; at least 1. */
  readonly maxTries: number
  readonly baseDelayMs: number
  /** Bound on the back-off; a longer `retry-after` of the server is still waited for. */
  readonly maxDelayMs: number
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly onRetry?: (retry: Retry) => void
  /** Aborted: a wait ends and no further try is made; the last outcome is returned. */
  readonly drain?: AbortSignal
}

/** A server that asks for a longer wait than this is down for this run: the outcome is returned at once. */
export const longestWaitMs = 15 * 60_000

/**
 * Tries again while an outcome is retryable and tries are left, and returns the last outcome; fatal ones are returned at
 * once. Between tries it waits the longer of the back-off and the server's `retry-after`. Rejects only with the reason
 * of `signal`, at once and without a timer left behind.
 */
export function withRetry(provider: Provider, options: RetryOptions): Provider {
  return {
    send: async (request, signal) => {
      signal.throwIfAborted()
      try {
        return await pRetry(() => sendOrThrow(provider, request, signal), {
          retries: options.maxTries - 1,
          minTimeout: 0,
          shouldRetry: ({ error }) =>
            error instanceof RetryableFailure &&
            options.drain?.aborted !== true &&
            (error.outcome.retryAfterMs ?? 0) <= longestWaitMs,
          // p-retry knows neither `retry-after` nor an injected random, so the wait is ours and its own is 0.
          onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
            if (!(error instanceof RetryableFailure) || retriesLeft === 0 || options.drain?.aborted === true) return
            const { outcome } = error
            if ((outcome.retryAfterMs ?? 0) > longestWaitMs) return
            const waitMs = Math.max(computeBackOffMs(attemptNumber, options), outcome.retryAfterMs ?? 0)
            options.onRetry?.({ request, outcome, attempt: attemptNumber, waitMs })
            await wait(waitMs, signal, options.drain)
          },
        })
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof RetryableFailure) return error.outcome
        throw error
      }
    },
  }
}

/** Resolves early when `drain` is aborted; rejects when `signal` is. */
async function wait(waitMs: number, signal: AbortSignal, drain: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(waitMs, undefined, { signal: drain === undefined ? signal : AbortSignal.any([signal, drain]) })
  } catch (error) {
    signal.throwIfAborted()
    if (drain?.aborted !== true) throw error
  }
}

/** Exponential with equal jitter: at least half of the step, so a crowd spreads out but nobody returns at once. */
function computeBackOffMs(attempt: number, { baseDelayMs, maxDelayMs, random }: RetryOptions): number {
  const step = Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1))
  return Math.round(step * (0.5 + random() / 2))
}

async function sendOrThrow(provider: Provider, request: ModelRequest, signal: AbortSignal): Promise<ProviderOutcome> {
  const outcome = await provider.send(request, signal)
  if (outcome.status === 'retryable') throw new RetryableFailure(outcome)
  return outcome
}

/** Carries a retryable outcome through p-retry, which goes by what is thrown; never leaves this file. */
class RetryableFailure extends Error {
  readonly outcome: RetryableOutcome

  constructor(outcome: RetryableOutcome) {
    super(outcome.detail)
    this.name = 'RetryableFailure'
    this.outcome = outcome
  }
}
