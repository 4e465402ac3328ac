import { responseModes } from '../../records/response-mode.ts'
import type { Chart, Section } from '../chart.ts'
import { formatCount, formatPercent, formatUsd, nameOf } from '../numbers.ts'
import { palette } from '../plots/palette.ts'
import { plotShifts } from '../plots/shifts.ts'
import type { Report, Summary } from '../report-data.ts'
import { summarise } from '../summarise.ts'

export function describeChange(report: Report): Section {
  return { id: 'change', title: 'Since the previous build', charts: [drawChange(report)] }
}

type Unit = 'count' | 'share' | 'score' | 'length' | 'usd'
type Measure = {
  readonly name: string
  readonly unit: Unit
  readonly before: number | null
  readonly after: number | null
}

function share(count: number, whole: number): number | null {
  return whole === 0 ? null : count / whole
}

/** Every measure of the two builds, whether it changed or not, then the rejection reasons that either has. */
export function listMeasures(before: Summary, after: Summary): readonly Measure[] {
  const measure = (name: string, unit: Unit, of: (summary: Summary) => number | null): Measure => ({
    name,
    unit,
    before: of(before),
    after: of(after),
  })
  const reasons = [...new Set([...Object.keys(before.rejections), ...Object.keys(after.rejections)])].toSorted()
  return [
    measure('prompts', 'count', ({ prompts }) => prompts),
    measure('candidates', 'count', ({ candidates }) => candidates),
    measure('accepted rows', 'count', ({ accepted }) => accepted),
    measure('accepted, of candidates', 'share', ({ accepted, candidates }) => share(accepted, candidates)),
    measure('grading coverage', 'share', ({ gradingCoverage }) => gradingCoverage),
    measure('safe, of graded candidates', 'share', ({ safeShare }) => safeShare),
    ...responseModes.map((mode) =>
      measure(`${nameOf(mode)}, of rows`, 'share', ({ modes, accepted }) => share(modes[mode] ?? 0, accepted)),
    ),
    measure('mean safety', 'score', ({ means }) => means.safety),
    measure('mean helpfulness', 'score', ({ means }) => means.helpfulness),
    measure('mean reasoning quality', 'score', ({ means }) => means.reasoningQuality),
    measure('mean reward', 'score', ({ means }) => means.reward),
    measure('mean answer length', 'length', ({ means }) => means.answerLength),
    measure('mean reasoning length', 'length', ({ means }) => means.reasoningLength),
    measure('tokens behind the build', 'count', ({ tokens }) => tokens),
    measure('cost of the build', 'usd', ({ costUsd }) => costUsd),
    ...reasons.map((reason) =>
      measure(`rejected: ${nameOf(reason)}`, 'count', ({ rejections }) => rejections[reason] ?? 0),
    ),
  ]
}

const shortModes = {
  direct_answer: 'direct answer',
  safe_completion: 'safe completion',
  refuse_with_redirection: 'refusal',
} as const

/** Short enough to stand at an axis. */
const plotted = new Map([
  ['accepted, of candidates', 'accepted'],
  ['safe, of graded candidates', 'safe'],
  ...responseModes.map((mode) => [`${nameOf(mode)}, of rows`, shortModes[mode]] as const),
  ['mean helpfulness', 'helpfulness'],
  ['mean reasoning quality', 'reasoning quality'],
  ['mean reward', 'reward'],
])

function drawChange(report: Report): Chart {
  const { previous, name } = report
  if (previous === null) {
    return {
      id: 'changes',
      title: 'What changed',
      caption:
        'Once a second build of the same name stands, this compares the two: acceptance, modes, scores, lengths, reasons and cost.',
      lookFor: null,
      key: [],
      plots: [],
      nothing: `There is no previous build named ${name} to compare with.`,
      table: { headings: ['measure', 'before', 'now', 'change'], rows: [] },
    }
  }
  const measures = listMeasures(previous.summary, summarise(report))
  const shifts = measures.flatMap(({ name, before, after }) => {
    const label = plotted.get(name)
    return label === undefined || before === null || after === null ? [] : [{ name: label, before, after }]
  })
  return {
    id: 'changes',
    title: 'What changed',
    caption: `This build beside ${previous.buildId}, the build of the same name that was the latest before, made ${previous.createdAt.slice(0, 16).replace('T', ' ')} UTC. Hollow: before. Filled: now. All of them are shares or mean scores between 0 and 1 of all rows, so prompts that came or went can move them, too; the command safe-completions diff compares prompt by prompt and says why.`,
    lookFor: 'Long ways between the two dots, most of all where nothing was meant to change.',
    key: [{ name: 'now (filled), before (hollow)', colour: palette.blue }],
    plots:
      shifts.length === 0
        ? []
        : [
            {
              heading: null,
              label: `Before and now: ${shifts.map(({ name, before, after }) => `${name} ${before.toFixed(2)} to ${after.toFixed(2)}`).join(', ')}.`,
              spec: plotShifts(shifts),
            },
          ],
    nothing: shifts.length === 0 ? 'One of the two builds has no rows to compare.' : null,
    isTableOpen: true,
    table: {
      headings: ['measure', 'before', 'now', 'change'],
      rows: measures.map(({ name, unit, before, after }) => [
        name,
        formatValue(before, unit),
        formatValue(after, unit),
        formatChange(before, after, unit),
      ]),
    },
  }
}

function formatValue(value: number | null, unit: Unit): string {
  if (value === null) return unit === 'usd' ? 'unknown' : 'none'
  switch (unit) {
    case 'count':
      return formatCount(value)
    case 'share':
      return formatPercent(value)
    case 'score':
      return value.toFixed(3)
    case 'length':
      return `${formatCount(Math.round(value))} characters`
    case 'usd':
      return formatUsd(value)
  }
}

function formatChange(before: number | null, after: number | null, unit: Unit): string {
  if (before === null || after === null) return ''
  const change = unit === 'length' ? Math.round(after) - Math.round(before) : after - before
  const size = Math.abs(change)
  const text =
    unit === 'share'
      ? `${(size * 100).toFixed(1)} points`
      : unit === 'score'
        ? size.toFixed(3)
        : formatValue(size, unit)
  if (!/[1-9]/.test(text)) return '='
  return `${change > 0 ? '+' : '−'}${text}`
}
