import { flattenCounts } from '../../records/rejection-counts.ts'
import type { Chart, Section } from '../chart.ts'
import { formatCount, formatShare, nameOf } from '../numbers.ts'
import { sumRow } from '../pair-counter.ts'
import { plotBars, type Bar } from '../plots/bars.ts'
import { palette, type Colour } from '../plots/palette.ts'
import { unchosenCodes, type Report } from '../report-data.ts'

type Counts = Report['counts']

export function describeFlow({ counts }: Report): Section {
  return { id: 'flow', title: 'From prompts to rows', charts: [drawFunnel(counts), drawReasons(counts)] }
}

type Step = { readonly name: string; readonly left: number; readonly unit: 'rows' | 'prompts' | 'candidates' }

/** Every step is what was left after it, by the counts that must balance (pipeline/build/build-counts.ts). */
export function listSteps(counts: Counts): readonly Step[] {
  const { rejectedPrompts, rejectedCandidates, prompts, candidates } = counts
  const screened = prompts - sumRow(rejectedPrompts['screen'])
  const written = candidates - sumRow(rejectedCandidates['generate'])
  const { rule_failed: ruleFailed = 0 } = rejectedCandidates['grade'] ?? {}
  const passedRules = written - ruleFailed
  const passedJudges = passedRules - (sumRow(rejectedCandidates['grade']) - ruleFailed)
  const notDrawn = rejectedPrompts['select']?.['not_drawn'] ?? 0
  const select = rejectedCandidates['select'] ?? {}
  const unchosen = unchosenCodes.reduce((all, code) => all + (select[code] ?? 0), 0)
  return [
    { name: 'rows read', left: counts.rowsRead, unit: 'rows' },
    { name: 'prompts', left: prompts, unit: 'prompts' },
    { name: 'passed the screen', left: screened, unit: 'prompts' },
    ...(notDrawn === 0 ? [] : [{ name: 'drawn for the quota', left: screened - notDrawn, unit: 'prompts' } as const]),
    { name: 'classified', left: counts.gradedPrompts, unit: 'prompts' },
    { name: 'candidates', left: candidates, unit: 'candidates' },
    { name: 'written', left: written, unit: 'candidates' },
    { name: 'passed the rules', left: passedRules, unit: 'candidates' },
    { name: 'stopped by no judge', left: passedJudges, unit: 'candidates' },
    { name: 'passed thresholds', left: passedJudges - (sumRow(select) - unchosen), unit: 'candidates' },
    { name: 'accepted', left: counts.accepted, unit: 'candidates' },
  ]
}

const unitColours: Readonly<Record<Step['unit'], Colour>> = {
  rows: palette.grey,
  prompts: palette.purple,
  candidates: palette.blue,
}

function drawFunnel(counts: Counts): Chart {
  const steps = listSteps(counts)
  const bars = steps.map(({ name, left, unit }): Bar => ({
    name,
    value: left,
    text: formatCount(left),
    colour: unitColours[unit],
  }))
  return {
    id: 'funnel',
    title: 'What was left after each step',
    caption:
      'Input rows become prompts. Copies and prompts of evaluation sets are screened out, and each prompt gets a category and an intent. Then a model writes one or more candidates a prompt: answers, with the reasoning behind them. Rules check every written candidate, model judges grade those that pass, and the best candidate of each prompt that reaches the thresholds is accepted and becomes a training row. The count grows from prompts to candidates where several are written for each prompt; at most one candidate a prompt is accepted.',
    lookFor: 'The step that takes away most.',
    key: [
      { name: 'input rows', colour: palette.grey },
      { name: 'prompts', colour: palette.purple },
      { name: 'candidates', colour: palette.blue },
    ],
    plots: [
      {
        heading: null,
        label: `Bars, from top to bottom: ${steps.map(({ name, left, unit }) => `${name} ${left} ${unit}`).join(', ')}.`,
        spec: plotBars(bars),
      },
    ],
    nothing: null,
    table: {
      headings: ['step', 'what is counted', 'left', 'of the step before'],
      rows: steps.map(({ name, left, unit }, n) => {
        const before = steps[n - 1]
        return [name, unit, left, before?.unit === unit ? formatShare(left, before.left) : '']
      }),
    },
  }
}

type Reason = {
  readonly stage: string
  readonly code: string
  readonly count: number
  readonly what: 'rows' | 'prompts' | 'candidates'
}

/** What became of rows, prompts and candidates that were not accepted, most frequent first. */
export function listReasons({ rejectedPrompts, rejectedCandidates }: Counts): readonly Reason[] {
  const list = (rejected: Counts['rejectedPrompts'], of: 'prompts' | 'candidates'): Reason[] =>
    flattenCounts(rejected).map((one) => ({ ...one, what: one.stage === 'collect' ? 'rows' : of }))
  return [...list(rejectedPrompts, 'prompts'), ...list(rejectedCandidates, 'candidates')].toSorted(
    (a, b) => b.count - a.count,
  )
}

function drawReasons(counts: Counts): Chart {
  const reasons = listReasons(counts)
  const total = reasons.reduce((all, { count }) => all + count, 0)
  return {
    id: 'reasons',
    title: 'Why the rest was not accepted',
    caption:
      'Each bar is one reason, named "stage: reason", and the number of input rows, prompts or candidates that it kept out; each of them is in the folder rejected, with its evidence. "Outranked" is no fault: a sibling of the same prompt was better.',
    lookFor:
      'A reason that is far more frequent than the others often points at one thing to mend: a template, a policy clause, a judge, or the prompts themselves.',
    key: [
      { name: 'input rows', colour: palette.grey },
      { name: 'prompts', colour: palette.purple },
      { name: 'candidates', colour: palette.blue },
    ],
    plots:
      reasons.length === 0
        ? []
        : [
            {
              heading: null,
              label: `Bars, most frequent first: ${reasons.map(({ stage, code, count }) => `${stage} ${nameOf(code)} ${count}`).join(', ')}.`,
              spec: plotBars(
                reasons.map(({ stage, code, count, what }) => ({
                  name: `${stage}: ${nameOf(code)}`,
                  value: count,
                  text: formatCount(count),
                  colour: unitColours[what],
                })),
              ),
            },
          ],
    nothing: reasons.length === 0 ? 'Nothing was rejected.' : null,
    table: {
      headings: ['stage', 'reason', 'what', 'number', 'of all that were not accepted'],
      rows: reasons.map(({ stage, code, count, what }) => [stage, code, what, count, formatShare(count, total)]),
    },
  }
}
