import type { HiddenLimits } from '../../test/support/limited-service.ts'

/** A server whose limits nobody tells the client, or only its headers do. */
export type LimitCase = {
  readonly name: string
  readonly limits: HiddenLimits
  /** What it lets through in a second. */
  readonly allowedPerSecond: number
  /** Other limits from then until then, in seconds. */
  readonly change?: {
    readonly fromS: number
    readonly untilS: number
    readonly limits: HiddenLimits
    readonly allowedPerSecond: number
  }
}

/** Milliseconds of an answer and tokens of a request: uniform, from 0.4 to 1.6 of these. */
export const meanLatencyMs = 500
export const meanTokens = 1000

export const limitCases: readonly LimitCase[] = [
  { name: 'RPM 900', limits: { requestsPerMinute: 900 }, allowedPerSecond: 15 },
  { name: 'RPM 900, retry-after', limits: { requestsPerMinute: 900, retryAfter: true }, allowedPerSecond: 15 },
  { name: 'RPM 900, headers', limits: { requestsPerMinute: 900, headers: true }, allowedPerSecond: 15 },
  { name: 'RPM 900, bucket of a minute', limits: { requestsPerMinute: 900, burstSeconds: 60 }, allowedPerSecond: 15 },
  { name: 'TPM 900,000', limits: { tokensPerMinute: 900_000 }, allowedPerSecond: 15 },
  { name: 'TPM 900,000, headers', limits: { tokensPerMinute: 900_000, headers: true }, allowedPerSecond: 15 },
  { name: '10 at once', limits: { concurrency: 10 }, allowedPerSecond: (10 * 1000) / meanLatencyMs },
  {
    name: 'RPM 900, halved 30-60 s',
    limits: { requestsPerMinute: 900 },
    allowedPerSecond: 15,
    change: { fromS: 30, untilS: 60, limits: { requestsPerMinute: 450 }, allowedPerSecond: 7.5 },
  },
]
