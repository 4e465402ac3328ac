/** What a service takes and does not tell, unless `headers`. */
export type HiddenLimits = {
  readonly requestsPerMinute?: number
  readonly tokensPerMinute?: number
  readonly concurrency?: number
  /** Seconds of a limit that may come at once; OpenAI's buckets hold a minute, strict gateways a second. Default 1. */
  readonly burstSeconds?: number
  /** Count requests in fixed windows of so many seconds, as gateways do, instead of with a bucket. */
  readonly windowSeconds?: number
  /** Tell of limits as OpenAI does. */
  readonly headers?: boolean
  /** Tell how long to wait with a refusal. */
  readonly retryAfter?: boolean
}

export type Admission = {
  readonly isAdmitted: boolean
  readonly headers: Readonly<Record<string, string>>
  /** The request has been answered. Only for one that was admitted. */
  readonly end: () => void
}

export type LimitedService = {
  readonly admit: (tokens: number) => Admission
  readonly setLimits: (limits: HiddenLimits) => void
  readonly counts: () => { readonly admitted: number; readonly refused: number; readonly tokens: number }
}

/** Token buckets for requests and tokens, and a cap on requests at once, as providers have them. Refused requests cost nothing. */
export function createLimitedService(first: HiddenLimits, now: () => number): LimitedService {
  let limits = first
  const requests = createBucket(now)
  const tokens = createBucket(now)
  let inFlight = 0
  const counts = { admitted: 0, refused: 0, tokens: 0 }
  let window = { n: 0, admitted: 0 }

  /** Until the next window where this one is full. */
  const windowMs = (): number => {
    const { windowSeconds, requestsPerMinute = Infinity } = limits
    if (windowSeconds === undefined) return 0
    const n = Math.floor(now() / (windowSeconds * 1000))
    if (n !== window.n) window = { n, admitted: 0 }
    const isFull = window.admitted >= (requestsPerMinute * windowSeconds) / 60
    return isFull ? (n + 1) * windowSeconds * 1000 - now() : 0
  }
  const apply = (): void => {
    const burst = limits.burstSeconds ?? 1
    requests.setLimit(limits.windowSeconds === undefined ? (limits.requestsPerMinute ?? null) : null, burst)
    tokens.setLimit(limits.tokensPerMinute ?? null, burst)
  }
  apply()
  return {
    admit(amount) {
      const waitMs = Math.max(requests.waitMs(1), tokens.waitMs(amount), windowMs())
      const isAdmitted = waitMs === 0 && inFlight < (limits.concurrency ?? Infinity)
      if (isAdmitted) {
        requests.take(1)
        tokens.take(amount)
        inFlight += 1
        window.admitted += 1
        counts.admitted += 1
        counts.tokens += amount
      } else {
        counts.refused += 1
      }
      const said = limits.headers === true ? { ...requests.tell('requests'), ...tokens.tell('tokens') } : {}
      const retry = !isAdmitted && limits.retryAfter === true ? { 'retry-after-ms': String(Math.ceil(waitMs)) } : {}
      return { isAdmitted, headers: { ...said, ...retry }, end: () => void (inFlight -= 1) }
    },
    setLimits(next) {
      limits = next
      apply()
    },
    counts: () => ({ ...counts }),
  }
}

function createBucket(now: () => number) {
  let perMinute: number | null = null
  let room = 0
  let level = 0
  let filledMs = now()
  const fill = (): void => {
    const flow = (perMinute ?? 0) / 60_000
    level = Math.min(room, level + (now() - filledMs) * flow)
    filledMs = now()
  }
  return {
    setLimit(limit: number | null, burstSeconds: number): void {
      fill()
      const isFirst = perMinute === null
      perMinute = limit
      room = limit === null ? 0 : Math.max(1, (limit * burstSeconds) / 60)
      level = isFirst ? room : Math.min(room, level)
    },
    waitMs(amount: number): number {
      if (perMinute === null) return 0
      fill()
      const missing = Math.min(amount, room) - level
      return missing <= 1e-6 ? 0 : (missing * 60_000) / perMinute
    },
    take(amount: number): void {
      if (perMinute !== null) level -= amount
    },
    tell(unit: string): Record<string, string> {
      if (perMinute === null) return {}
      const resetMs = Math.round(((room - level) * 60_000) / perMinute)
      return {
        [`x-ratelimit-limit-${unit}`]: String(perMinute),
        [`x-ratelimit-remaining-${unit}`]: String(Math.max(0, Math.floor(level))),
        [`x-ratelimit-reset-${unit}`]: `${resetMs}ms`,
      }
    },
  }
}
