import { createAdaptiveBound } from './adaptive-bound.ts'
import { createRateBucket } from './rate-bucket.ts'
import type { Sums } from './throughput.ts'

/** How many requests, or tokens, an endpoint may be sent a minute: by the config, by its headers, and as was found. */
export type UnitRate = {
  readonly waitMs: (amount: number) => number
  /** Whether the found rate is what makes so much wait. */
  readonly isHeld: (amount: number) => boolean
  readonly take: (amount: number) => void
  /** What was taken at that time came to more by so much, or to less. */
  readonly correct: (more: number, takenMs: number) => void
  /** The server names its limit. */
  readonly tell: (perMinute: number) => void
  /** When the rate was last cut. */
  readonly cutMs: () => number
  /**
   * A request was refused, and this may be why. `sums`: since the last cut; `minute`: of the last minute, whole.
   * `isAbove`: more requests were in flight than were seen to be served.
   * - `cut`: the rate is lower now;
   * - `kept`: the rate was kept to, so it was not why;
   * - `unknown`: too little was sent to tell.
   */
  readonly refuse: (
    sums: Sums,
    minute: Pick<Sums, 'requests' | 'tokens'>,
    isAbove: boolean,
  ) => 'cut' | 'kept' | 'unknown'
  /** A request that the found rate had held back was served. */
  readonly accept: () => void
  /** Nothing may be sent until then, nor caught up on afterwards. */
  readonly emptyUntil: (atMs: number) => void
  /** A minute, as found; null: nothing was found. */
  readonly read: () => number | null
}

/** Of the rate that the server was measured to take. Near it, since it is measured. */
const rateCut = 0.96
/** So much of the rate must have been tried for it to be what held requests back. */
const leastTried = 0.8
/**
 * Where less was tried, the measured rate is only a lower bound, and what was refused was a burst: so much above what was
 * served smooths bursts and hardly costs anything. If it is too high, the next refusal is under that rate.
 */
const aboveServed = { cut: 1.1, limit: 1.2 }
const burstCut = 0.9
/**
 * Many servers count in windows of some seconds or a minute, and refuse all when one is full. Measured just then, they take
 * next to nothing: so a rate is not cut below this share of what was taken in the last minute, and a limit that did fall
 * farther is found in several cuts. Before a window is full they take everything: so a rate grows by half in no less than
 * this, or it would be far above the limit when the window ends. Both by simulation: 0013.
 */
const leastOfMinute = 0.9
const shortestGrowthMs = 5_000
/** A rate is measured over this much at least. */
const leastSpanMs = 1_000
const leastRequests = 10

export function createUnitRate(unit: 'requests' | 'tokens', perMinute: number | null, now: () => number): UnitRate {
  const given = createRateBucket(perMinute, now)
  const told = createRateBucket(null, now)
  const found = createRateBucket(null, now)
  const bound = createAdaptiveBound(null, now, shortestGrowthMs)
  let cutMs = now()

  const cut = (limit: number, to: number): 'cut' => {
    bound.refuse(limit, to)
    found.setLimit(bound.read())
    return 'cut'
  }
  return {
    waitMs: (amount) => Math.max(given.waitMs(amount), told.waitMs(amount), found.waitMs(amount)),
    isHeld: (amount) => found.waitMs(amount) > 0,
    take(amount) {
      for (const bucket of [given, told, found]) bucket.take(amount)
    },
    correct(more, takenMs) {
      given.take(more)
      told.take(more)
      // What was sent before this rate was found is no debt to it.
      if (takenMs > cutMs) found.take(more)
    },
    tell: told.setLimit,
    cutMs: () => cutMs,
    refuse(sums, minute, isAbove) {
      const old = bound.read() ?? Infinity
      const least = Math.min(old * burstCut, minute[unit] * leastOfMinute)
      if (sums.requests === 0 || sums.spanMs < leastSpanMs) {
        return old === Infinity ? 'unknown' : cut(old, old * rateCut)
      }
      const served = Math.max(least, (sums[unit] * 60_000) / sums.spanMs)
      const tried = served * (sums.sent / sums.requests)
      const isKeptTo = tried >= old * leastTried
      if (isKeptTo && isAbove) return 'kept'
      cutMs = now()
      const isLimit = isKeptTo || (sums.requests >= leastRequests && bound.isKnown(served))
      if (isLimit) return cut(Math.min(old, served), Math.min(old, served) * rateCut)
      const most = old * burstCut
      return cut(Math.min(most, served * aboveServed.limit), Math.min(most, served * aboveServed.cut))
    },
    accept() {
      bound.accept()
      found.setLimit(bound.read())
    },
    emptyUntil: found.emptyUntil,
    read: bound.read,
  }
}
