import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import { readRetryAfterMs } from '../../models/retry-after.ts'

export type HubFetchOptions = {
  readonly signal: AbortSignal
  /** Tries in all. */
  readonly maxTries: number
  readonly baseDelayMs: number
  readonly note: (line: string) => void
}

const passing: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])
const longestWaitMs = 5 * 60_000
/** For requests whose body is short: an upload of a large file may take any time. */
const answerTimeoutMs = 120_000

class PassingStatus extends Error {
  readonly response: Response
  constructor(response: Response) {
    super(`status ${response.status}`)
    this.response = response
  }
}

/**
 * `fetch` that tries again what may pass: lost connections, and statuses that say so. The hub's client sends each body as
 * text or as a blob, which can be read anew. After the last try the answer, or the error, is the caller's.
 */
export function createHubFetch({ signal, maxTries, baseDelayMs, note }: HubFetchOptions): typeof fetch {
  return async (input, init) => {
    const isUpload = init?.body instanceof Blob
    const attempt = async (): Promise<Response> => {
      const signals = [signal, init?.signal, isUpload ? null : AbortSignal.timeout(answerTimeoutMs)]
      const response = await fetch(input, {
        ...init,
        signal: AbortSignal.any(signals.filter((one) => one instanceof AbortSignal)),
      })
      if (passing.has(response.status)) throw new PassingStatus(response)
      return response
    }
    try {
      return await pRetry(attempt, {
        retries: maxTries - 1,
        minTimeout: 0,
        shouldRetry: () => !signal.aborted && init?.signal?.aborted !== true,
        onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
          if (retriesLeft === 0 || signal.aborted) return
          const asked = error instanceof PassingStatus ? (readRetryAfterMs(error.response.headers, Date.now()) ?? 0) : 0
          if (error instanceof PassingStatus) await error.response.body?.cancel()
          const waitMs = Math.min(Math.max(baseDelayMs * 2 ** (attemptNumber - 1), asked), longestWaitMs)
          if (waitMs >= 5_000)
            note(`The hub answers ${describe(error)}; trying again in ${Math.round(waitMs / 1000)} s.`)
          await sleep(waitMs, undefined, { signal })
        },
      })
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof PassingStatus) return error.response
      throw error
    }
  }
}

function describe(error: Error): string {
  return error instanceof PassingStatus ? `with ${error.response.status}` : 'nothing'
}
