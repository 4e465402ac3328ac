import { setTimeout as sleep } from 'node:timers/promises'
import type { RateLimits, SharedRates } from '../../answers/postgres-rates.ts'
import type { Provider } from '../../models/provider.ts'
import { createTokenEstimator } from '../../models/token-estimate.ts'

export type SharedRateOptions = {
  readonly rates: SharedRates
  /** Endpoint and model. */
  readonly lane: string
  readonly limits: RateLimits
  /** Aborted: whatever waits for its turn is not sent. */
  readonly drain: AbortSignal
}

/** Each try waits for its turn among all workers. Without a limit it goes at once. */
export function withSharedRate(provider: Provider, { rates, lane, limits, drain }: SharedRateOptions): Provider {
  if (limits.requestsPerMinute === null && limits.tokensPerMinute === null) return provider
  const estimator = createTokenEstimator()
  return {
    send: async (request, signal) => {
      const booked = estimator.estimate(request)
      const waitMs = await rates.book(lane, limits, booked)
      if (waitMs > 0 && !drain.aborted) {
        await sleep(waitMs, undefined, { signal: AbortSignal.any([signal, drain]) }).catch(() =>
          signal.throwIfAborted(),
        )
      }
      if (drain.aborted) return { status: 'drained', detail: 'nothing more is sent' }
      const outcome = await provider.send(request, signal)
      if (outcome.status === 'answered' && outcome.answer.usage !== null) {
        const { usage } = outcome.answer
        estimator.learn(request, usage)
        await rates.correct(lane, limits, usage.promptTokens + usage.completionTokens - booked)
      }
      return outcome
    },
  }
}
