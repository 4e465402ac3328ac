/** Whether an endpoint is worth a try. */
export type CircuitBreaker = {
  /** Milliseconds until a request may be sent: 0 while closed, or when a probe is due; Infinity while one is under way. */
  readonly waitMs: () => number
  /** A request is sent now. Returns whether it is the probe. */
  readonly start: () => boolean
  /** The server answered, whatever it said. */
  readonly succeed: () => void
  /** It did not answer, or with an error of its own. */
  readonly fail: (detail: string, isProbe: boolean) => void
  /** A request came back without telling anything: it was given up, or not sent. */
  readonly abandon: (isProbe: boolean) => void
  readonly read: () => BreakerState
}

export type BreakerState = {
  readonly state: 'closed' | 'open' | 'probing'
  /** In a row. */
  readonly failures: number
  /** Milliseconds since the first of them. */
  readonly failingMs: number
  readonly hasAnswered: boolean
  readonly lastDetail: string
}

/** So many failures in a row open it. One of two endpoints, or a server that restarts, is found out at once. */
const failuresToOpen = 5
/** The wait before the first probe; doubled for each that fails. */
const shortestOpenMs = 1_000
const longestOpenMs = 30_000

/**
 * - `closed`: requests pass; failures in a row are counted, and five open it;
 * - `open`: none pass, until the wait is over; then the next request is the probe;
 * - `probing`: the probe is under way and nothing else passes; its failure opens it again, for twice as long.
 *
 * Any answer closes it, also one to a request from before.
 */
export function createCircuitBreaker(now: () => number): CircuitBreaker {
  let state: BreakerState['state'] = 'closed'
  let failures = 0
  let failingSinceMs = 0
  let openUntilMs = 0
  let openMs = shortestOpenMs
  let hasAnswered = false
  let lastDetail = ''

  return {
    waitMs() {
      if (state === 'closed') return 0
      return state === 'probing' ? Infinity : Math.max(0, openUntilMs - now())
    },
    start() {
      if (state !== 'open') return false
      state = 'probing'
      return true
    },
    succeed() {
      state = 'closed'
      failures = 0
      openMs = shortestOpenMs
      hasAnswered = true
    },
    fail(detail, isProbe) {
      if (failures === 0) failingSinceMs = now()
      failures += 1
      lastDetail = detail
      const opens = (isProbe && state === 'probing') || (state === 'closed' && failures >= failuresToOpen)
      if (!opens) return
      state = 'open'
      openUntilMs = now() + openMs
      openMs = Math.min(longestOpenMs, openMs * 2)
    },
    abandon(isProbe) {
      if (isProbe && state === 'probing') state = 'open'
    },
    read: () => ({
      state,
      failures,
      failingMs: failures === 0 ? 0 : now() - failingSinceMs,
      hasAnswered,
      lastDetail,
    }),
  }
}
