/*
 * The servers of bench/limits.ts, in a process of their own: two for each case, one for the pipeline and one for plain
 * retries. Sends their addresses to the parent, and on any message from it the counts so far.
 */
import { startLimitedServer } from '../../test/support/limited-server.ts'
import { limitCases, meanLatencyMs, meanTokens } from './limit-cases.ts'

const vary = (mean: number) => () => mean * (0.4 + 1.2 * Math.random())

const pairs = await Promise.all(
  limitCases.map(({ limits }) => {
    const options = { limits, latencyMs: vary(meanLatencyMs), tokens: () => Math.round(vary(meanTokens)()) }
    return Promise.all([startLimitedServer(options), startLimitedServer(options)])
  }),
)
process.on('message', () => process.send?.(pairs.map((pair) => pair.map(({ service }) => service.counts()))))
for (const [n, { limits, change }] of limitCases.entries()) {
  if (change === undefined) continue
  const set = (next: typeof limits) => () => pairs[n]?.forEach(({ service }) => service.setLimits(next))
  setTimeout(set(change.limits), change.fromS * 1000)
  setTimeout(set(limits), change.untilS * 1000)
}
process.send?.(pairs.map((pair) => pair.map(({ baseUrl }) => baseUrl)))
