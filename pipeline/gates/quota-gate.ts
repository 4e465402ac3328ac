import type { QuotaLineOutcome } from '../records/quota-outcome.ts'
import type { Gate } from './gate.ts'

/** A set that is short of its quota, unless the config lets it through (`quota.onShortfall`). */
export const quotaGate: Gate = {
  name: 'quota',
  async judge({ config, subject }, sink) {
    if (config.quota === null || config.quota.onShortfall === 'publish') return null
    const limit = { accepted: config.quota.accepted, onShortfall: config.quota.onShortfall }
    if (subject.quota === null) {
      const what = 'has no record of a quota: it was made without one'
      sink.add({ cell: 'whole build', what })
      return { limit, measured: null, summary: 'no quota was recorded', failures: [`the build ${what}`] }
    }
    const { lines } = subject.quota
    const short = lines.filter(({ asked, got }) => got < asked)
    for (const line of short) sink.add({ cell: line.name, what: describeShortfall(line) })
    return {
      limit,
      measured: { lines: Object.fromEntries(lines.map(({ name, asked, got }) => [name, { asked, got }])) },
      summary: `${lines.length - short.length} of ${lines.length} lines are met`,
      failures: short.map((line) => `the quota lacks rows of ${line.name}: ${describeShortfall(line)}`),
    }
  },
}

function describeShortfall({ asked, got, why, pool, drawn, candidates, passed }: QuotaLineOutcome): string {
  return `${got} of ${asked} (${why.join(', ')}; ${drawn} of ${pool} prompts drawn, ${candidates} candidates, ${passed} prompts passed)`
}
