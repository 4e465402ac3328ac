import type { ReplyHeaders } from './http-post.ts'

/** The longest wait a timer can hold; beyond it Node's `setTimeout` fires at once. */
const longestTimerMs = 2 ** 31 - 1

/**
 * How long the server asks us to wait, in milliseconds: `retry-after-ms`, or `retry-after` as seconds or an HTTP date.
 * A date is measured from the server's own `date` header where there is one, so a skewed clock here does not matter.
 * Null where neither header says anything.
 */
export function readRetryAfterMs(headers: ReplyHeaders, nowMs: number): number | null {
  const waits = [readNumber(headers.get('retry-after-ms')), readSeconds(headers), readDate(headers, nowMs)]
  const waitMs = waits.find((wait) => wait !== null)
  return waitMs === undefined ? null : Math.min(Math.max(0, Math.ceil(waitMs)), longestTimerMs)
}

function readSeconds(headers: ReplyHeaders): number | null {
  const seconds = readNumber(headers.get('retry-after'))
  return seconds === null ? null : seconds * 1000
}

function readDate(headers: ReplyHeaders, nowMs: number): number | null {
  const at = Date.parse(headers.get('retry-after') ?? '')
  if (Number.isNaN(at)) return null
  const serverNowMs = Date.parse(headers.get('date') ?? '')
  return at - (Number.isNaN(serverNowMs) ? nowMs : serverNowMs)
}

function readNumber(text: string | null): number | null {
  return text !== null && /^\d+(\.\d+)?$/.test(text) ? Number(text) : null
}
