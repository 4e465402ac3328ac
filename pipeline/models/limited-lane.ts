import type { ModelRequest } from '../records/request.ts'
import type { UserError } from '../records/user-error.ts'
import type { BreakerState } from './circuit-breaker.ts'
import type { Clock } from './clock.ts'
import type { EndpointLimits, LimiterState } from './endpoint-limiter.ts'
import {
  choosePlace,
  createPlace,
  describeOutage,
  doubtOutcome,
  isPausedForGood,
  isSick,
  noteOutcome,
  outageLeftMs,
  type LaneEndpoint,
  type Place,
} from './lane-place.ts'
import { onAbort } from './on-abort.ts'
import type { Provider, ProviderOutcome } from './provider.ts'
import { createTokenEstimator } from './token-estimate.ts'

export type LimitedLaneOptions = {
  readonly model: string
  /** The primary one first; the others serve the same model. */
  readonly endpoints: readonly LaneEndpoint[]
  /** Of each of them. */
  readonly limits: EndpointLimits
  /** So long may all of them be without an answer. */
  readonly outageMs: number
  /** Aborted: nothing more is sent, and what waits is told so. */
  readonly drain: AbortSignal
  readonly clock: Clock
  /** Told once, when all endpoints have been down for too long; from then on nothing is sent. */
  readonly onDown: (error: UserError) => void
  /** Told in a line when an endpoint stops answering, and when it answers again. */
  readonly note?: (line: string) => void
}

export type LaneState = {
  readonly waiting: number
  readonly endpoints: readonly {
    readonly endpoint: string
    readonly limiter: LimiterState
    readonly breaker: BreakerState
  }[]
}

export type LimitedLane = Provider & { readonly read: () => LaneState }

/** Leave for one try. `isAboutEndpoint`: the outcome tells of the endpoint, not of the request. */
type Ticket = {
  readonly send: (
    request: ModelRequest,
    signal: AbortSignal,
  ) => Promise<{ readonly outcome: ProviderOutcome; readonly isAboutEndpoint: boolean }>
}

/** A request that is refused so often within one try, while others are served, may be larger than the server's limit. */
const freeRefusals = 5

const drained: ProviderOutcome = { status: 'drained', detail: 'nothing more is sent' }

type Waiter = { readonly tokens: number; readonly grant: (ticket: Ticket | null) => void }

/**
 * The tries at one model, spread over its endpoints within their limits. Each try waits here, first come first served,
 * until an endpoint has room for it: within its window and rates, not paused, its breaker closed. Of several that have,
 * the least busy one that did not just fail is taken; one whose breaker is due for a probe goes first, or it would
 * never be tried as long as another has room.
 *
 * A try that fails while its endpoint's breaker is open, or opens it, tells of the endpoint and not of the request: it
 * does not count, and the request waits here again. So does one that is refused (429), a few times. When no endpoint has answered for `outageMs` (30 s, if they never
 * did), the lane is down.
 *
 * One timer stands while something waits, and one for an answer until the next turn; none otherwise.
 */
export function createLimitedLane(options: LimitedLaneOptions): LimitedLane {
  const { model, limits, outageMs, drain, clock, onDown } = options
  const places = options.endpoints.map((endpoint) => createPlace(endpoint, limits, clock.now))
  const estimator = createTokenEstimator()
  const waiting = new Set<Waiter>()
  let isDown = false
  let cancelTimer: (() => void) | null = null

  const setTimer = (ms: number): void => {
    cancelTimer?.()
    cancelTimer = clock.after(Math.ceil(ms), () => {
      cancelTimer = null
      serve()
    })
  }
  const release = (): void => {
    cancelTimer?.()
    cancelTimer = null
    for (const waiter of waiting) waiter.grant(null)
    waiting.clear()
  }
  drain.addEventListener('abort', release, { once: true })

  const serve = (): void => {
    if (findOutage()) return
    for (const waiter of waiting) {
      const { place, waitMs } = choosePlace(places, waiter.tokens)
      if (place === null) {
        const downInMs = Math.max(...places.map((one) => outageLeftMs(one, outageMs)))
        if (Math.min(waitMs, downInMs) < Infinity) setTimer(Math.min(waitMs, downInMs))
        return
      }
      waiting.delete(waiter)
      waiter.grant(open(place, waiter.tokens))
    }
    cancelTimer?.()
    cancelTimer = null
  }

  /** Whether the lane is down, which is told when it is first seen. */
  const findOutage = (): boolean => {
    if (isDown || drain.aborted) return true
    const isOut = places.every((place) => outageLeftMs(place, outageMs) <= 0 || isPausedForGood(place))
    if (!isOut) return false
    isDown = true
    release()
    onDown(describeOutage(model, places))
    return true
  }

  const open = (place: Place, tokens: number): Ticket => {
    const { provider, limiter, breaker, endpoint } = place
    const permit = limiter.start(tokens)
    const isProbe = breaker.start()
    const startMs = clock.now()
    return {
      async send(request, signal) {
        let outcome: ProviderOutcome | null = null
        const giveBack = (): void => {
          permit.finish(outcome, outcome === null ? null : countTokens(outcome))
          // A fatal outcome may end the run; it is read before the next request takes this one's room.
          if (outcome?.status === 'fatal') setTimer(0)
          else serve()
        }
        try {
          // Leave was given a moment ago.
          outcome = drain.aborted ? drained : await provider.send(request, signal)
          if (places.length > 1) outcome = doubtOutcome(place, outcome)
          if (outcome.status === 'answered') {
            if (outcome.answer.usage !== null) estimator.learn(request, outcome.answer.usage)
            outcome = { ...outcome, latencyMs: clock.now() - startMs }
          }
        } finally {
          const before = breaker.read().state
          noteOutcome(breaker, outcome, isProbe)
          noteChange(endpoint, before, breaker.read())
          // The store in a file commits an answer in this very turn of the event loop. Its room is taken after that, so
          // that a kill never loses more answers than there may be requests in flight.
          if (outcome?.status === 'answered') clock.after(0, giveBack)
          else giveBack()
        }
        const isAboutEndpoint = outcome.status === 'retryable' && isSick(place)
        return { outcome, isAboutEndpoint }
      },
    }
  }

  const noteChange = (endpoint: string, before: BreakerState['state'], { state, lastDetail }: BreakerState): void => {
    if (before === 'closed' && state === 'open') {
      const others = places.some(({ breaker }) => breaker.read().state === 'closed')
      const leftMs = Math.max(...places.map((place) => outageLeftMs(place, outageMs)))
      const until = others ? 'the others go on' : `waiting up to ${Math.round(leftMs / 1000)} s for it`
      options.note?.(`${model} at ${endpoint} does not answer, ${until}: ${lastDetail}`)
    } else if (before !== 'closed' && state === 'closed') {
      options.note?.(`${model} at ${endpoint} answers again.`)
    }
  }

  /** Null: nothing is sent any more. */
  const wait = (request: ModelRequest, signal: AbortSignal): Promise<Ticket | null> =>
    new Promise((resolve, reject) => {
      if (isDown || drain.aborted) {
        resolve(null)
        return
      }
      const tokens = estimator.estimate(request)
      const forget = onAbort(signal, () => {
        waiting.delete(waiter)
        serve()
        reject(signal.reason)
      })
      const waiter: Waiter = {
        tokens,
        grant(ticket) {
          forget()
          resolve(ticket)
        },
      }
      waiting.add(waiter)
      // Where others wait already, whoever is first is waited for.
      if (waiting.size === 1) serve()
    })

  return {
    send: async (request, signal) => {
      signal.throwIfAborted()
      for (let refusals = 0; ;) {
        const ticket = await wait(request, signal)
        if (ticket === null) return drained
        const { outcome, isAboutEndpoint } = await ticket.send(request, signal)
        const isRefused = limits.adaptive && outcome.status === 'retryable' && outcome.httpStatus === 429
        if (isRefused) refusals += 1
        if (!isAboutEndpoint && !(isRefused && refusals <= freeRefusals)) return outcome
      }
    },
    read: () => ({
      waiting: waiting.size,
      endpoints: places.map(({ endpoint, limiter, breaker }) => ({
        endpoint,
        limiter: limiter.read(),
        breaker: breaker.read(),
      })),
    }),
  }
}

function countTokens(outcome: ProviderOutcome): number | null {
  if (outcome.status !== 'answered' || outcome.answer.usage === null) return null
  const { promptTokens, completionTokens } = outcome.answer.usage
  return promptTokens + completionTokens
}
