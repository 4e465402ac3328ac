import type { GateSubject } from './gate-subject.ts'
import type { Gate } from './gate.ts'
import { findLowCategories, showRatio, toRatio, type Ratio } from './ratio.ts'

export const coverageGate: Gate = {
  name: 'grading_coverage',
  async judge({ gates, subject }, sink) {
    const { minGradingCoverage, minGradingCoverageByCategory } = gates
    const { judged, ungraded } = subject.counts
    const whole = toRatio(judged - ungraded, judged, 1)
    const failures: string[] = []
    if (whole.share < minGradingCoverage) {
      const what = `${whole.share.toFixed(4)} is below ${minGradingCoverage}: ${ungraded} of ${judged} judged candidates have a judge that gave no verdict`
      sink.add({ cell: 'whole build', what })
      failures.push(`grading coverage ${what}`)
    }
    const summary = `${showRatio(whole)} judged candidates have a verdict of every judge`
    const limit = { minGradingCoverage, minGradingCoverageByCategory }
    if (minGradingCoverageByCategory === null) return { limit, measured: { whole }, summary, failures }
    const categories = await measureCategories(subject)
    const words = { subject: 'grading coverage', whole: 'judged candidates', part: 'have a verdict of every judge' }
    failures.push(...findLowCategories(minGradingCoverageByCategory, categories, words, sink))
    return { limit, measured: { whole, categories }, summary, failures }
  },
}

async function measureCategories(subject: GateSubject): Promise<Record<string, Ratio>> {
  const counts = new Map<string, { judged: number; ungraded: number }>()
  for await (const { category, isJudged, isUngraded } of subject.candidates()) {
    if (!isJudged) continue
    const count = counts.get(category) ?? { judged: 0, ungraded: 0 }
    counts.set(category, count)
    count.judged += 1
    if (isUngraded) count.ungraded += 1
  }
  const sorted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    sorted.map(([category, { judged, ungraded }]) => [category, toRatio(judged - ungraded, judged, 1)]),
  )
}
