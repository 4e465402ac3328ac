/** An amount a minute, spread evenly: requests, or tokens. */
export type RateBucket = {
  /** Null: no limit. */
  readonly setLimit: (perMinute: number | null) => void
  /** Milliseconds until so much may be taken. */
  readonly waitMs: (amount: number) => number
  /** Takes it, whether or not it is there: then it is owed. Below zero it is given back. */
  readonly take: (amount: number) => void
  /** Nothing is there until then, and it fills from then on. */
  readonly emptyUntil: (atMs: number) => void
}

const minuteMs = 60_000
/** So much of a limit may be taken at once: servers that count by the second refuse longer bursts. */
const burstMs = 1_000

/**
 * A token bucket that keeps a promise about *every* minute, not about the average: what is taken in any 60 seconds is at
 * most the limit. With room for `c` and `limit - c + 1` a minute flowing in, a minute that starts on a full bucket comes
 * to less than `limit + 1`. That costs 1.7% of the limit at the most (1 s of 60).
 *
 * An amount larger than the room is let through when the bucket is full, and the rest is owed: a minute may come to
 * more than the limit by as much as its last amount exceeds the room. Amounts that were guessed are put right later by
 * `take`, so the promise is about what is known by then.
 */
export function createRateBucket(perMinute: number | null, now: () => number): RateBucket {
  let limit = perMinute
  let level = limit === null ? 0 : roomOf(limit)
  let filledMs = now()

  const fill = (): void => {
    const at = now()
    if (limit === null || at <= filledMs) return
    level = Math.min(roomOf(limit), level + (at - filledMs) * flowOf(limit))
    filledMs = at
  }
  return {
    setLimit(perMinute) {
      if (perMinute === limit) return
      fill()
      if (limit === null) [level, filledMs] = [0, now()]
      limit = perMinute
      if (limit !== null) level = Math.min(level, roomOf(limit))
    },
    waitMs(amount) {
      if (limit === null) return 0
      fill()
      const missing = Math.min(amount, roomOf(limit)) - level
      // Sums of fractions of a millisecond are not exact.
      return Math.max(0, filledMs - now()) + (missing <= 1e-6 ? 0 : missing / flowOf(limit))
    },
    take(amount) {
      if (limit === null) return
      fill()
      level = Math.min(roomOf(limit), level - amount)
    },
    emptyUntil(atMs) {
      if (limit === null) return
      fill()
      level = Math.min(level, 0)
      filledMs = Math.max(filledMs, atMs)
    },
  }
}

function roomOf(perMinute: number): number {
  return Math.max(1, Math.floor((perMinute * burstMs) / minuteMs))
}

/** A millisecond. */
function flowOf(perMinute: number): number {
  return (perMinute - roomOf(perMinute) + 1) / minuteMs
}
