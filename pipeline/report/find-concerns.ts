import { formatCount, formatPercent, formatShare, nameOf } from './numbers.ts'
import { responseModes } from '../records/response-mode.ts'
import { countAt, sumRow } from './pair-counter.ts'
import type { Report } from './report-data.ts'
import { countSpans } from './sections/graders.ts'
import { summarise } from './summarise.ts'

/** Something that a reader should look at before they use the build. */
export type Concern = {
  readonly text: string
  /** The id of the chart that shows it. */
  readonly chart: string
}

/*
 * These decide what is worth a reader's time and nothing else; no row depends on them. They are ours, set so that the
 * demo and healthy builds say little.
 */
const apartShare = 0.15
const otherModeShare = 0.15
const lopsidedShare = 0.9
const fewRows = 20

export function findConcerns(report: Report): readonly Concern[] {
  return [
    ...findHeld(report),
    ...findUngraded(report),
    ...findDisagreement(report),
    ...findGaps(report),
    ...findDecisions(report),
    ...findUnknowns(report),
  ]
}

function findHeld({ run }: Report): Concern[] {
  return run.failedGates.map((gate) => ({ text: `The build was held back: ${gate}.`, chart: 'reasons' }))
}

function findUngraded(report: Report): Concern[] {
  const { gradingCoverage } = summarise(report)
  const { ungraded, judged } = report.counts
  if (gradingCoverage === null || ungraded === 0) return []
  const { minGradingCoverage } = report.settings
  const text = `${formatCount(ungraded)} of ${formatCount(judged)} judged candidates have a judge that gave no verdict: grading coverage is ${formatPercent(gradingCoverage)}, and below ${formatPercent(minGradingCoverage)} the build is held back.`
  return [{ text, chart: 'ungraded' }]
}

function findDisagreement({ rows, settings }: Report): Concern[] {
  const found: Concern[] = []
  for (const [name, tally] of Object.entries(rows.graders)) {
    const { compared, apart } = countSpans(tally)
    if (apart <= compared * apartShare) continue
    const text = `The judge ${name} differs with itself on ${formatCount(apart)} of the ${formatCount(compared)} candidates that it voted on more than once.`
    found.push({ text, chart: 'votes' })
  }
  const declared = responseModes.map((mode) => rows.judgedModes[mode] ?? {})
  const seen = declared.reduce((all, row) => all + sumRow(row) - (row['ungraded'] ?? 0), 0)
  const same = responseModes.reduce((all, mode) => all + countAt(rows.judgedModes, mode, mode), 0)
  if (seen - same > seen * otherModeShare) {
    const text = `The mode judge sees another mode than the candidate declares in ${formatCount(seen - same)} of ${formatCount(seen)} cases${settings.requiresModeAgreement ? '; none of them is accepted' : ''}.`
    found.push({ text, chart: 'judged-modes' })
  }
  return found
}

function findGaps({ rows, settings, counts }: Report): Concern[] {
  if (counts.accepted === 0) return []
  const found: Concern[] = []
  const empty = settings.categories.filter((category) => sumRow(rows.categoryModes[category]) === 0)
  if (empty.length > 0) {
    const text = `${empty.length} of ${settings.categories.length} policy categories have no row: ${empty.join(', ')}.`
    found.push({ text, chart: 'mode-category' })
  }
  const byMode = responseModes.map((mode) => ({
    mode,
    count: Object.values(rows.categoryModes).reduce((all, row) => all + (row[mode] ?? 0), 0),
  }))
  const missing = byMode.filter(({ count }) => count === 0).map(({ mode }) => nameOf(mode))
  if (missing.length > 0) found.push({ text: `No row is a ${missing.join(' or a ')}.`, chart: 'mode-intent' })
  const lopsided = byMode.find(({ count }) => counts.accepted >= fewRows && count > counts.accepted * lopsidedShare)
  if (lopsided !== undefined) {
    const text = `${formatShare(lopsided.count, counts.accepted)} of the rows are of one mode, ${nameOf(lopsided.mode)}.`
    found.push({ text, chart: 'mode-intent' })
  }
  return found
}

function findDecisions({ run: { decisions } }: Report): Concern[] {
  const { stale, conflicting } = decisions
  return [
    ...(stale > 0
      ? [
          {
            text: `Stale decisions: ${formatCount(stale)}. The text that an auditor judged has changed.`,
            chart: 'decisions',
          },
        ]
      : []),
    ...(conflicting > 0
      ? [{ text: `Texts that auditors differ about: ${formatCount(conflicting)}.`, chart: 'decisions' }]
      : []),
  ]
}

function findUnknowns({ run: { total }, trust }: Report): Concern[] {
  const { answers, withoutPrice, withoutUsage } = total.build
  const changed = (trust ?? []).filter(({ calibration }) => calibration?.hasChanged === true)
  return [
    ...(changed.length > 0
      ? [
          {
            text: `Changed since they were last calibrated: ${changed.map(({ grader }) => grader).join(', ')}.`,
            chart: 'trust',
          },
        ]
      : []),
    ...(withoutPrice > 0
      ? [
          {
            text: `${formatCount(withoutPrice)} of ${formatCount(answers)} answers have no known price, so they are in no cost.`,
            chart: 'cost',
          },
        ]
      : []),
    ...(withoutUsage > 0
      ? [
          {
            text: `The server reported no token counts for ${formatCount(withoutUsage)} of ${formatCount(answers)} answers.`,
            chart: 'tokens',
          },
        ]
      : []),
  ]
}
