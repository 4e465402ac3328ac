import { z } from 'zod'
import { batchCalls, type BatchedCalls } from './batch-calls.ts'
import type { PostgresDatabase } from './postgres-database.ts'

/** Null: no limit. */
export type RateLimits = { readonly requestsPerMinute: number | null; readonly tokensPerMinute: number | null }

/** Rates that all workers on a database keep to together. */
export type SharedRates = {
  /** Books a place for a request of so many tokens, in order, and returns the milliseconds until it may go. */
  readonly book: (lane: string, limits: RateLimits, tokens: number) => Promise<number>
  /** It came to so many tokens more, or fewer, than it was booked for. */
  readonly correct: (lane: string, limits: RateLimits, tokens: number) => Promise<void>
}

type Booking = { readonly limits: RateLimits; readonly tokens: number }

const minuteMs = 60_000
/** So much of a limit may go at once after a pause: servers that count by the second refuse longer bursts. */
const burstMs = 1_000
const callsAtOnce = 500

/**
 * A place is booked once and kept: nobody asks again and again, and those who wait go in order. In any 60 seconds at most
 * the limit goes, since a burst on top of a minute is taken off the rate (1 s of 61). A worker that is killed leaves the
 * places that it had booked empty.
 */
export function createSharedRates(database: PostgresDatabase): SharedRates {
  const lanes = new Map<string, BatchedCalls<Booking, number>>()

  const bookAll = async (lane: string, bookings: readonly Booking[]): Promise<readonly number[]> => {
    const shares = bookings.map(({ limits, tokens }) => ({
      requestMs: shareOf(1, limits.requestsPerMinute),
      tokenMs: shareOf(tokens, limits.tokensPerMinute),
    }))
    const requestMs = shares.reduce((sum, share) => sum + share.requestMs, 0)
    const tokenMs = shares.reduce((sum, share) => sum + share.tokenMs, 0)
    const sql = `
      INSERT INTO safe_completions.rates AS rates (lane, requests_at, tokens_at)
      VALUES ($1, clock_timestamp() + ($2::float8 - ${burstMs}) * interval '1 ms',
        clock_timestamp() + ($3::float8 - ${burstMs}) * interval '1 ms')
      ON CONFLICT (lane) DO UPDATE SET
        requests_at = greatest(rates.requests_at, clock_timestamp() - ${burstMs} * interval '1 ms') + $2::float8 * interval '1 ms',
        tokens_at = greatest(rates.tokens_at, clock_timestamp() - ${burstMs} * interval '1 ms') + $3::float8 * interval '1 ms'
      RETURNING
        (extract(epoch FROM requests_at - clock_timestamp()) * 1000)::float8 - $2::float8 AS "requestsMs",
        (extract(epoch FROM tokens_at - clock_timestamp()) * 1000)::float8 - $3::float8 AS "tokensMs"`
    const rows = await database.queryAgain(sql, [lane, requestMs, tokenMs])
    const [first] = z.tuple([z.object({ requestsMs: z.number(), tokensMs: z.number() })]).parse(rows)
    let { requestsMs, tokensMs } = first
    return shares.map((share) => {
      const waitMs = Math.max(0, requestsMs, tokensMs)
      requestsMs += share.requestMs
      tokensMs += share.tokenMs
      return waitMs
    })
  }
  return {
    book: async (lane, limits, tokens) => {
      const calls = lanes.get(lane) ?? batchCalls<Booking, number>((items) => bookAll(lane, items), callsAtOnce)
      lanes.set(lane, calls)
      return await calls.call({ limits, tokens })
    },
    correct: async (lane, limits, tokens) => {
      const tokenMs = shareOf(tokens, limits.tokensPerMinute)
      if (tokenMs === 0) return
      const sql =
        "UPDATE safe_completions.rates SET tokens_at = tokens_at + $2::float8 * interval '1 ms' WHERE lane = $1"
      await database.queryAgain(sql, [lane, tokenMs])
    },
  }
}

/** Of the time in which so much may go. */
function shareOf(amount: number, perMinute: number | null): number {
  return perMinute === null ? 0 : (amount * (minuteMs + burstMs)) / perMinute
}
