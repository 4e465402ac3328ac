import { createAdaptiveBound } from './adaptive-bound.ts'
import type { ProviderOutcome } from './provider.ts'
import type { ServerLimits } from './server-limits.ts'
import { createThroughput } from './throughput.ts'
import { createUnitRate } from './unit-rate.ts'

export type EndpointLimits = {
  /** Requests in flight at the most. */
  readonly concurrency: number
  /** Null: not known. */
  readonly requestsPerMinute: number | null
  readonly tokensPerMinute: number | null
  /** Find out what the server takes; otherwise only these limits hold, and the pauses that it asks for. */
  readonly adaptive: boolean
}

/** How fast one endpoint may be sent to. */
export type EndpointLimiter = {
  /** Milliseconds until a request of so many tokens may be sent; Infinity: not before another one comes back. */
  readonly waitMs: (tokens: number) => number
  /** A request of about so many tokens is sent now. */
  readonly start: (tokens: number) => Permit
  readonly read: () => LimiterState
}

export type Permit = {
  /** Called once. `tokens`: what it came to, null where that is not known; an `outcome` of null: it was given up. */
  readonly finish: (outcome: ProviderOutcome | null, tokens: number | null) => void
}

export type LimiterState = {
  readonly inFlight: number
  readonly window: number
  readonly pausedMs: number
  /** Since when everything is refused; 0 while something is not. */
  readonly blockedMs: number
  /** Whether a rate held the last request back. */
  readonly isThrottled: boolean
  /** As found by trying; null: none found. */
  readonly requestsPerMinute: number | null
  readonly tokensPerMinute: number | null
}

/** What a request had to wait for before it was sent. */
type Held = { readonly window: boolean; readonly requests: boolean; readonly tokens: boolean }
const notHeld: Held = { window: false, requests: false, tokens: false }

/** Requests in flight at first; doubled in each round trip until the server, or `concurrency`, ends it. */
const firstWindow = 8
/** What was in flight when requests were served says where no cap on concurrency is; for so long. */
const levelMemoryMs = 30_000
/** Pauses while everything is refused and the server names none; and the one after a refusal that tells nothing yet. */
const shortestBlockMs = 1_000
const longestBlockMs = 30_000
/** Statuses of a server, or its gateway, that has too much to do; null: a time-out or a broken connection. */
const overloadStatuses: ReadonlySet<number | null> = new Set([408, 502, 503, 504, 529, null])

/**
 * One endpoint's limits: a window of requests in flight, requests a minute, tokens a minute.
 *
 * A 429 seldom says which limit it was, so this goes by how many requests were in flight, its *level*. A cap on
 * concurrency refuses what is above it and nothing below: a request refused at a level at which others were served just
 * now met a rate, and the rate is cut to what the server is measured to take. One refused above all levels that were
 * served met a cap, or a burst was too much; so the window goes one below it, which is exact if it was a cap, and the
 * rate is cut as well unless it had been kept to. The wrong one of the two grows back.
 *
 * States:
 * - `running`;
 * - `paused`: the server said for how long (`retry-after`). Every request waits, not the refused one only;
 * - `blocked`: everything sent since the last refusal was refused. That is no rate that could be measured, so the rates
 *   stay, and pauses double up to 30 s until something is served.
 *
 * Of requests that were under way together only the first refusal counts, since they all tell of the same moment. An
 * overload (503, a time-out, a broken connection) halves the window, likewise once a round trip.
 */
export function createEndpointLimiter(limits: EndpointLimits, now: () => number): EndpointLimiter {
  const { concurrency, adaptive } = limits
  const window = createAdaptiveBound(adaptive ? Math.min(firstWindow, concurrency) : concurrency, now)
  const rates = {
    requests: createUnitRate('requests', limits.requestsPerMinute, now),
    tokens: createUnitRate('tokens', limits.tokensPerMinute, now),
  }
  const throughput = createThroughput(now)
  let inFlight = 0
  let held = notHeld
  let isThrottled = false
  let pausedUntilMs = 0
  let isSearching = true
  let served = { level: 0, atMs: -Infinity }
  let overloadMs = -Infinity
  let refusal = { atMs: -Infinity, sentSince: 0, refusedSince: 0 }
  let blocks = 0
  let blockedSinceMs = 0

  const readWindow = (): number => Math.max(1, Math.min(concurrency, Math.floor(window.read() ?? concurrency)))
  const pause = (ms: number): void => {
    pausedUntilMs = Math.max(pausedUntilMs, now() + ms)
  }
  const block = (): void => {
    if (blocks === 0) blockedSinceMs = now()
    pause(Math.min(longestBlockMs, shortestBlockMs * 2 ** blocks))
    blocks += 1
  }
  const narrow = (limit: number, to: number): void => {
    window.refuse(limit, Math.max(1, to))
    isSearching = false
  }

  const refuse = (level: number, sentMs: number, unit: 'requests' | 'tokens'): void => {
    const isAbove = level > (now() - served.atMs > levelMemoryMs ? 0 : served.level)
    if (sentMs > refusal.atMs) {
      const { sentSince, refusedSince } = refusal
      refusal = { atMs: now(), sentSince: 0, refusedSince: 0 }
      if (sentSince > 0 && sentSince === refusedSince && (level === 1 || !isAbove)) {
        block()
      } else {
        const rate = rates[unit]
        const finding = rate.refuse(throughput.since(rate.cutMs()), throughput.minute(), isAbove)
        if (finding === 'unknown' && !isAbove) pause(shortestBlockMs)
      }
      const fromMs = Math.max(now(), pausedUntilMs)
      for (const rate of [rates.requests, rates.tokens]) rate.emptyUntil(fromMs)
    }
    if (isAbove && level - 1 < readWindow()) narrow(level, level - 1)
  }

  const accept = (level: number, sentMs: number, heldBy: Held): void => {
    blocks = 0
    if (level >= served.level || now() - served.atMs > levelMemoryMs) served = { level, atMs: now() }
    // What was sent before the last refusal tells nothing of the bounds since.
    if (sentMs <= refusal.atMs) return
    if (heldBy.window && (isSearching || level >= readWindow())) window.accept()
    if (heldBy.requests) rates.requests.accept()
    if (heldBy.tokens) rates.tokens.accept()
  }

  const readHeaders = ({ requestsPerMinute, tokensPerMinute }: ServerLimits): void => {
    if (requestsPerMinute !== null) rates.requests.tell(requestsPerMinute)
    if (tokensPerMinute !== null) rates.tokens.tell(tokensPerMinute)
  }

  return {
    waitMs(tokens) {
      const isFull = inFlight >= readWindow()
      const rateMs = Math.max(rates.requests.waitMs(1), rates.tokens.waitMs(tokens))
      isThrottled = rateMs > 0
      if (isFull || isThrottled) {
        held = { window: isFull, requests: rates.requests.isHeld(1), tokens: rates.tokens.isHeld(tokens) }
      }
      return isFull ? Infinity : Math.max(rateMs, pausedUntilMs - now(), 0)
    },
    start(tokens) {
      const heldBy = held
      held = notHeld
      inFlight += 1
      const level = inFlight
      const sentMs = now()
      rates.requests.take(1)
      rates.tokens.take(tokens)
      const entry = throughput.add(tokens)
      const since = refusal
      since.sentSince += 1
      const correct = (actual: number): void => {
        rates.tokens.correct(actual - tokens, sentMs)
        entry.tokens = actual
      }
      return {
        finish(outcome, actual) {
          // Answers that arrive together free their places at the server before they do here: the lower level is right.
          const servedLevel = Math.min(level, inFlight)
          inFlight -= 1
          if (actual !== null) correct(actual)
          if (outcome === null) return
          if (outcome.status === 'unaffordable' || outcome.status === 'drained') {
            rates.requests.correct(-1, sentMs)
            correct(0)
            entry.isRefused = true
            since.sentSince -= 1
            return
          }
          if (outcome.status === 'retryable' && outcome.retryAfterMs !== null) pause(outcome.retryAfterMs)
          if (!adaptive) return
          if (outcome.status !== 'fatal' && outcome.limits) readHeaders(outcome.limits)
          if (outcome.status !== 'retryable') {
            accept(servedLevel, sentMs, heldBy)
          } else if (outcome.httpStatus === 429) {
            entry.isRefused = true
            since.refusedSince += 1
            refuse(level, sentMs, outcome.limits?.exhausted ?? 'requests')
          } else if (overloadStatuses.has(outcome.httpStatus) && sentMs > overloadMs) {
            overloadMs = now()
            narrow(readWindow(), readWindow() / 2)
          }
        },
      }
    },
    read: () => ({
      inFlight,
      window: readWindow(),
      pausedMs: Math.max(0, pausedUntilMs - now()),
      blockedMs: blocks === 0 ? 0 : Math.max(1, now() - blockedSinceMs),
      isThrottled,
      requestsPerMinute: rates.requests.read(),
      tokensPerMinute: rates.tokens.read(),
    }),
  }
}
