import type { FailedRequests } from '../build/find-failed-requests.ts'
import { retryCodes, type Retry } from '../records/retry.ts'

/** What `--retry-failed` came to. */
export type RetrySummary = {
  /** The builds whose rejected rows were looked at, the newest first; empty where none stands. */
  readonly builds: readonly string[]
  /** Requests that were decided to be asked again, by the code of their row. */
  readonly codes: Readonly<Record<string, number>>
  readonly requests: number
  /** Requests that an earlier run decided to ask again, without a build since. */
  readonly askedBefore: number
}

export function summariseRetries({ builds, failures, askedBefore }: FailedRequests): RetrySummary {
  return { builds, codes: countReasons(failures), requests: failures.length, askedBefore }
}

/** One line for a person. */
export function renderRetries({ builds, codes, requests, askedBefore }: RetrySummary): string {
  if (builds.length === 0) return 'nothing to ask again: no whole build stands yet'
  const before = askedBefore === 0 ? '' : `${askedBefore} of an earlier run that did not end in a build`
  if (requests === 0) {
    return before === ''
      ? `nothing to ask again: no such failure in ${builds.join(', ')}`
      : `nothing new to ask again; ${before}`
  }
  const byCode = Object.entries(codes).map(([code, count]) => `${code} ${count}`)
  return `${requests} to ask again from ${builds.join(', ')}: ${byCode.join(', ')}${before === '' ? '' : `; and ${before}`}`
}

/** How many of each code, in the order of the list of codes. */
function countReasons(failures: readonly Pick<Retry, 'reason'>[]): Readonly<Record<string, number>> {
  const counts = retryCodes.map((code) => [code, failures.filter(({ reason }) => reason === code).length] as const)
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}
