import pRetry from 'p-retry'
import { isPassing } from './postgres-errors.ts'

/** An answer that is paid for waits this long for its server; a managed PostgreSQL fails over within a minute or two. */
const patienceMs = 180_000

/** Databases, by URL, that had been away for that long when they were last asked. */
const gone = new Set<string>()

/**
 * Tries again for as long as a restart or a fail-over of the server takes: `work` must bear being done twice. When a server
 * was away for that long, whatever else waits for it gives up as well, and what comes later tries once, so that a process
 * whose server is gone for good ends. The first answer of the server makes it patient again.
 */
export async function patiently<Result>(url: string, work: () => Promise<Result>): Promise<Result> {
  try {
    const result = await pRetry(work, {
      retries: Number.POSITIVE_INFINITY,
      maxRetryTime: patienceMs,
      minTimeout: 50,
      maxTimeout: 5000,
      shouldRetry: ({ error }) => isPassing(error) && !gone.has(url),
    })
    gone.delete(url)
    return result
  } catch (error) {
    if (isPassing(error)) gone.add(url)
    else gone.delete(url)
    throw error
  }
}
