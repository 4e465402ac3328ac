import type { ReplyHeaders } from './http-post.ts'

/** What a server's headers say about its limits. */
export type ServerLimits = {
  /** Null: not said, or not by the minute. */
  readonly requestsPerMinute: number | null
  readonly tokensPerMinute: number | null
  /** Of which of them nothing is left. */
  readonly exhausted: 'requests' | 'tokens' | null
}

/**
 * The headers that are read here. OpenAI, Azure, vLLM gateways, OpenRouter and Groq send the first six; the others are the
 * drafts of the IETF (draft-ietf-httpapi-ratelimit-headers, which changed their form) and speak of requests.
 */
export const limitHeaders = [
  'x-ratelimit-limit-requests',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-reset-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-tokens',
  'ratelimit-limit',
  'ratelimit-policy',
  'ratelimit-remaining',
  'ratelimit',
] as const

/** Null where there are none. */
export function readServerLimits(headers: ReplyHeaders): ServerLimits | null {
  const requests = readOpenAi(headers, 'requests')
  const tokens = readOpenAi(headers, 'tokens')
  const draft = readDraft(headers)
  if (requests === null && tokens === null && draft === null) return null
  return {
    requestsPerMinute: requests?.perMinute ?? draft?.perMinute ?? null,
    tokensPerMinute: tokens?.perMinute ?? null,
    exhausted: isSpent(requests) || isSpent(draft) ? 'requests' : isSpent(tokens) ? 'tokens' : null,
  }
}

function isSpent(one: Reading | null): boolean {
  return one?.remaining === 0
}

type Reading = { readonly perMinute: number | null; readonly remaining: number | null }

/** A limit that takes longer than this to come back, with room for a slow clock, is not one by the minute: Groq's requests are by the day. */
const longestResetMs = 65_000

function readOpenAi(headers: ReplyHeaders, unit: 'requests' | 'tokens'): Reading | null {
  const limit = readCount(headers.get(`x-ratelimit-limit-${unit}`))
  const remaining = readCount(headers.get(`x-ratelimit-remaining-${unit}`))
  if (limit === null && remaining === null) return null
  const resetMs = readDurationMs(headers.get(`x-ratelimit-reset-${unit}`))
  const isByTheMinute = resetMs === null || resetMs <= longestResetMs
  return { perMinute: limit !== null && limit > 0 && isByTheMinute ? limit : null, remaining }
}

function readDraft(headers: ReplyHeaders): Reading | null {
  const policy = headers.get('ratelimit-policy')
  const limit = headers.get('ratelimit-limit') ?? policy
  if (limit === null) return null
  // `100`, `100, 100;w=60` (drafts 2 to 7), `"default";q=100;w=60` (from draft 8 on).
  const quota = readCount(/(?:^|;\s*q=)\s*(\d+)/.exec(limit)?.[1] ?? null)
  const windowS = readCount(/;\s*w=(\d+)/.exec(`${limit}, ${policy ?? ''}`)?.[1] ?? null) ?? 60
  const remaining = readCount(
    headers.get('ratelimit-remaining') ?? /;\s*r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1] ?? null,
  )
  const isByTheMinute = quota !== null && quota > 0 && windowS > 0 && windowS <= 60
  return { perMinute: isByTheMinute ? (quota * 60) / windowS : null, remaining }
}

function readCount(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text.trim()) ? Number(text) : null
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** Durations as Go prints them (`1s`, `6m0s`, `20ms`, `2m59.56s`), or plain seconds; null for anything else. */
export function readDurationMs(text: string | null): number | null {
  if (text === null) return null
  const trimmed = text.trim()
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * 1000
  if (!/^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/.test(trimmed)) return null
  return [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0),
    0,
  )
}
