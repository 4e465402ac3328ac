import { UserError } from '../records/user-error.ts'
import { createCircuitBreaker, type CircuitBreaker } from './circuit-breaker.ts'
import { createEndpointLimiter, type EndpointLimiter, type EndpointLimits } from './endpoint-limiter.ts'
import type { Provider, ProviderOutcome } from './provider.ts'
import { longestWaitMs } from './retry.ts'

export type LaneEndpoint = {
  readonly endpoint: string
  /** One try at this endpoint, and the budget for it. */
  readonly provider: Provider
}

/** An endpoint of a lane with what this run knows of it. */
export type Place = LaneEndpoint & {
  readonly limiter: EndpointLimiter
  readonly breaker: CircuitBreaker
  /** Whether it has generated anything in this run: one that has not may be set up wrongly. */
  hasGenerated: boolean
}

/** A server that has answered nothing in this run is more likely mistyped, or not started, than restarting. */
const firstOutageMs = 30_000

export function createPlace(endpoint: LaneEndpoint, limits: EndpointLimits, now: () => number): Place {
  const [limiter, breaker] = [createEndpointLimiter(limits, now), createCircuitBreaker(now)]
  return { ...endpoint, limiter, breaker, hasGenerated: false }
}

/** The endpoint that may be sent to now, or how long it is until one may be; Infinity: not before something comes back. */
export function choosePlace(
  places: readonly Place[],
  tokens: number,
): { readonly place: Place | null; readonly waitMs: number } {
  let best: Place | null = null
  let least = Infinity
  let waitMs = Infinity
  for (const place of places) {
    const breakerMs = place.breaker.waitMs()
    const placeMs = breakerMs > 0 ? breakerMs : place.limiter.waitMs(tokens)
    waitMs = Math.min(waitMs, placeMs)
    if (placeMs > 0) continue
    const rank = rankOf(place)
    if (rank < least) [best, least] = [place, rank]
  }
  return { place: best, waitMs }
}

function rankOf({ breaker, limiter }: Place): number {
  const { state, failures } = breaker.read()
  if (state === 'open') return -1
  const { inFlight, window } = limiter.read()
  return inFlight / window + (failures > 0 ? 1 : 0)
}

/** Statuses with which a server turns down a request for its length or content, and an address that is set up wrongly every one. */
const doubtfulStatuses: ReadonlySet<number | null> = new Set([400, 403, 413, 422])

/**
 * What an outcome says of one of several addresses. One that has generated nothing yet and turns a request down may lack
 * a parameter or a right that the others have. That tells of the address: another one is asked, and only its word makes
 * the request a declined one.
 */
export function doubtOutcome(place: Place, outcome: ProviderOutcome): ProviderOutcome {
  if (outcome.status === 'answered') {
    const { finish } = outcome.answer
    if (finish !== 'content_filter' && finish !== 'context_length') place.hasGenerated = true
    return outcome
  }
  if (outcome.status !== 'fatal' || place.hasGenerated || !doubtfulStatuses.has(outcome.httpStatus)) return outcome
  const { httpStatus, detail } = outcome
  return { status: 'retryable', httpStatus, retryAfterMs: null, detail, mayBeBilled: false }
}

export function isSick(place: Place): boolean {
  const { breaker, limiter } = place
  return breaker.read().state !== 'closed' || limiter.read().blockedMs > 0 || isPausedForGood(place)
}

/** As the retries have it: a server that asks for a longer wait is down for this run. */
export function isPausedForGood({ limiter }: Place): boolean {
  return limiter.read().pausedMs > longestWaitMs
}

/** Until it has been without an answer for too long; Infinity while it answers. */
export function outageLeftMs({ breaker, limiter }: Place, outageMs: number): number {
  const { state, failingMs, hasAnswered } = breaker.read()
  const { blockedMs } = limiter.read()
  const failingLeftMs =
    state === 'closed' ? Infinity : (hasAnswered ? outageMs : Math.min(outageMs, firstOutageMs)) - failingMs
  return Math.min(failingLeftMs, blockedMs === 0 ? Infinity : outageMs - blockedMs)
}

export function noteOutcome(breaker: CircuitBreaker, outcome: ProviderOutcome | null, isProbe: boolean): void {
  switch (outcome?.status) {
    case undefined:
    case 'unaffordable':
    case 'drained':
      breaker.abandon(isProbe)
      return
    case 'answered':
    case 'fatal':
      breaker.succeed()
      return
    case 'retryable':
      // Turned away, by a server that is there. In a row of failures it is neither the one nor the other.
      if (outcome.httpStatus !== 429 && outcome.httpStatus !== 409) breaker.fail(outcome.detail, isProbe)
      else if (isProbe) breaker.succeed()
  }
}

export function describeOutage(model: string, places: readonly Place[]): UserError {
  const told = places.map((place) => {
    const { failures, failingMs, lastDetail, state } = place.breaker.read()
    const { pausedMs, blockedMs } = place.limiter.read()
    if (isPausedForGood(place)) return `${place.endpoint}: it asks to wait for ${Math.round(pausedMs / 1000)} s`
    if (state === 'closed')
      return `${place.endpoint}: for ${Math.round(blockedMs / 1000)} s it has turned everything away (429)`
    return `${failures} failures in a row over ${Math.round(failingMs / 1000)} s, the last: ${lastDetail}`
  })
  return new UserError('provider_down', `expected answers of ${model}, got ${told.join('; ')}`, {
    where: places[0]?.endpoint ?? '',
    remedy: 'Check the server, then run again: what was answered is kept.',
  })
}
