/** A bound that a server does not tell and that is found by trying. */
export type AdaptiveBound = {
  /** Null: none is known yet. */
  readonly read: () => number | null
  /** The server turned a request away at about `limit`: the bound goes down to `cut` and comes back slowly. */
  readonly refuse: (limit: number, cut: number) => void
  /** Whether the limit that was found last is about this. */
  readonly isKnown: (limit: number) => boolean
  /** A request that this bound had held back was served. */
  readonly accept: () => void
}

/** Requests from a cut back to the limit: at first few, since the first limit found is a guess, in the end this many. */
const longestProbe = 100
const shortestProbe = 10
/**
 * With few requests a minute, the way back takes so long at the most. A limit that was met once is a guess, and far below
 * the real one where others used that up for a while: two models under one limit, or two programs.
 */
const longestProbeMs = 90_000
const longestGuessMs = 20_000
/** Beyond the known limit the way is this much shorter, and then the bound grows by this factor for each such length. */
const haste = 4
const growth = 1.5
/** A limit found again may differ so much, since it is measured. */
const sameLimit = 0.15

/**
 * Additive increase, multiplicative decrease, in three phases (the shape of CUBIC, RFC 9438, which AWS's clients use for
 * request rates, too):
 * - `searching`: nothing was refused yet; the bound, if there is one, grows by 1 for each request served, which doubles
 *   a window in each round trip;
 * - `returning`: after a refusal, from the cut in a straight line up to the limit that was found and a little beyond;
 *   a refusal there confirms the limit, and the next way back is twice as long. That is what keeps refusals rare: one
 *   for some 200 requests once the limit is known, while what is lost is half of the cut on average;
 * - `exploring`: well beyond the limit without a refusal, so it has moved; the bound grows exponentially.
 * @param start The bound to search from; null: none until the first refusal.
 * @param shortestGrowthMs Beyond the limit the bound takes so long at least to grow by half.
 */
export function createAdaptiveBound(start: number | null, now: () => number, shortestGrowthMs = 0): AdaptiveBound {
  let value = start
  let known: { readonly limit: number; readonly cut: number } | null = null
  let progress = 0
  let probe = shortestProbe
  let steppedMs = now()

  const isKnown = (limit: number): boolean =>
    known !== null && Math.abs(limit - known.limit) <= Math.max(1, known.limit * sameLimit)
  return {
    read: () => value,
    isKnown,
    refuse(limit, cut) {
      if (!isKnown(limit)) probe = shortestProbe
      else if (progress > 0) probe = Math.min(longestProbe, probe * 2)
      known = { limit, cut }
      value = cut
      progress = 0
      steppedMs = now()
    },
    accept() {
      if (known === null) {
        if (value !== null) value += 1
        return
      }
      const atMs = now()
      const longestMs = probe === shortestProbe ? longestGuessMs : longestProbeMs
      const step = Math.max(1 / probe, (atMs - steppedMs) / longestMs)
      const passed = shortestGrowthMs === 0 ? Infinity : (atMs - steppedMs) / shortestGrowthMs
      steppedMs = atMs
      progress += progress < 1 ? step : Math.min(step * haste, passed)
      const { limit, cut } = known
      value =
        progress <= 2 ? cut + (limit - cut) * progress : (2 * limit - cut) * growth ** (Math.min(progress, 60) - 2)
    },
  }
}
