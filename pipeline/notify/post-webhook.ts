import pRetry, { AbortError } from 'p-retry'
import { request } from 'undici'

export type Webhook = {
  readonly url: string
  readonly body: string
  readonly timeoutMs: number
  readonly tries: number
  /** Wait before the second try; doubles. */
  readonly baseDelayMs: number
}

/**
 * POSTs JSON, again where the receiver is out of reach, busy (408, 429) or broken (5xx).
 * @throws Error of the last try, without the URL, which may be a secret.
 */
export async function postWebhook({ url, body, timeoutMs, tries, baseDelayMs }: Webhook): Promise<void> {
  const attempt = async (): Promise<void> => {
    const reply = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((error: unknown) => {
      throw new Error(`no reply: ${describeCause(error)}`)
    })
    await reply.body.dump()
    const { statusCode } = reply
    if (statusCode >= 200 && statusCode < 300) return
    const failure = new Error(`expected a status of 2xx, got ${statusCode}`)
    throw statusCode === 408 || statusCode === 429 || statusCode >= 500 ? failure : new AbortError(failure)
  }
  await pRetry(attempt, { retries: tries - 1, minTimeout: baseDelayMs, factor: 2 })
}

/** A stable word rather than a message, which may quote the address. */
function describeCause(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
