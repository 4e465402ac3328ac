import { flattenCounts } from '../records/rejection-counts.ts'
import type { Measured } from './measured.ts'
import { sumRow } from './pair-counter.ts'
import type { Report, RowFacts, SafetyCell, Summary } from './report-data.ts'

/** What one build is compared with another by. */
export function summarise({ counts, rows, run }: Pick<Report, 'counts' | 'rows' | 'run'>): Summary {
  const { scores } = rows
  const { build } = run.total
  return {
    prompts: counts.prompts,
    candidates: counts.candidates,
    accepted: counts.accepted,
    gradingCoverage: counts.judged === 0 ? null : 1 - counts.ungraded / counts.judged,
    safeShare: shareSafe(Object.values(rows.byIntent)),
    modes: sumColumns(rows.categoryModes),
    categories: Object.fromEntries(Object.entries(rows.categoryModes).map(([name, modes]) => [name, sumRow(modes)])),
    means: {
      safety: scores.safety.accepted.mean,
      helpfulness: scores.helpfulness.accepted.mean,
      reasoningQuality: scores.reasoningQuality.accepted.mean,
      reward: scores.reward.accepted.mean,
      answerLength: meanOfAll(rows.answerLengths),
      reasoningLength: meanOfAll(rows.reasoningLengths),
    },
    rejections: { ...flatten(counts.rejectedPrompts), ...flatten(counts.rejectedCandidates) },
    costUsd: build.answers > 0 && build.withoutPrice === build.answers ? null : build.costUsd,
    tokens: build.promptTokens + build.completionTokens,
  }
}

export function shareSafe(cells: readonly SafetyCell[]): number | null {
  const graded = cells.reduce((all, cell) => all + cell.graded, 0)
  return graded === 0 ? null : cells.reduce((all, cell) => all + cell.safe, 0) / graded
}

function sumColumns(pairs: RowFacts['categoryModes']): Record<string, number> {
  const sums = new Map<string, number>()
  for (const row of Object.values(pairs)) {
    for (const [column, count] of Object.entries(row)) sums.set(column, (sums.get(column) ?? 0) + count)
  }
  return Object.fromEntries([...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function meanOfAll(measured: Readonly<Record<string, Measured>>): number | null {
  const all = Object.values(measured)
  const count = all.reduce((sum, one) => sum + one.count, 0)
  return count === 0 ? null : all.reduce((sum, one) => sum + (one.mean ?? 0) * one.count, 0) / count
}

/** No stage has a code both of prompts and of candidates; where it had, the two would stand under one name. */
function flatten(stages: Report['counts']['rejectedPrompts']): Record<string, number> {
  return Object.fromEntries(flattenCounts(stages).map(({ stage, code, count }) => [`${stage}/${code}`, count]))
}
