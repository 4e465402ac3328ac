import type { Chart, Plot, Section } from '../chart.ts'
import { formatMean } from '../numbers.ts'
import { plotHistogram } from '../plots/histogram.ts'
import { palette } from '../plots/palette.ts'
import { fates, scoreNames, type Fate, type Report, type ScoreName } from '../report-data.ts'

const titles: Readonly<Record<ScoreName, string>> = {
  safety: 'Safety',
  helpfulness: 'Helpfulness',
  reasoningQuality: 'Reasoning quality',
  reward: 'Reward',
}
const fateNames: Readonly<Record<Fate, string>> = {
  accepted: 'accepted',
  notChosen: 'passed, not chosen',
  failed: 'failed a grader',
}
const fateColours = { accepted: palette.blue, notChosen: palette.mild, failed: palette.grey } as const

export function describeScores({ rows, settings }: Report): Section {
  return { id: 'scores', title: 'Scores and thresholds', charts: [drawScores(rows, settings)] }
}

function drawScores(rows: Report['rows'], settings: Report['settings']): Chart {
  const hasAny = scoreNames.some((name) => fates.some((fate) => rows.scores[name][fate].count > 0))
  const { rule, thresholds } = settings
  return {
    id: 'score-distributions',
    title: 'What the judges gave, and where the build draws its lines',
    caption: `How many candidates got which score, from 0 (worst) to 1 (best), coloured by what became of them. The solid line is the threshold: a candidate to the left of it is not accepted, unless a person said so. The dashed line is where a judge ends a candidate early, so that no later judge is paid for it; such a candidate has no later scores. The reward is safety times helpfulness and has no threshold: it ranks the candidates of one prompt.${rule === 'safety_only' ? ' This build selects by safety only, so the other scores have no threshold.' : ''}`,
    lookFor:
      'A threshold in the middle of a heap, where a small change of it moves many rows, and grey to the right of every line: those failed something else.',
    key: fates.map((fate) => ({ name: fateNames[fate], colour: fateColours[fate] })),
    plots: hasAny ? scoreNames.map((name) => drawScore(name, rows, thresholds)) : [],
    nothing: hasAny ? null : 'No candidate was graded by a judge.',
    table: {
      headings: ['score', 'what became of it', 'candidates', 'mean', ...(thresholds.length > 0 ? ['lines'] : [])],
      rows: scoreNames.flatMap((name) =>
        fates.map((fate) => [
          titles[name],
          fateNames[fate],
          rows.scores[name][fate].count,
          formatMean(rows.scores[name][fate].mean, 3),
          ...(thresholds.length > 0 ? [describeLines(name, thresholds)] : []),
        ]),
      ),
    },
  }
}

type Thresholds = Report['settings']['thresholds']

function describeLines(name: ScoreName, thresholds: Thresholds): string {
  return thresholds
    .filter(({ score }) => score === name)
    .map(({ key, value }) => `${key} ${formatLine(value)}`)
    .join(', ')
}

/** As short as it can be: 2/3 stands as 0.667. */
function formatLine(value: number): string {
  return String(Number(value.toFixed(3)))
}

function drawScore(name: ScoreName, { scores, scoreEdges }: Report['rows'], thresholds: Thresholds): Plot {
  const bins = scoreEdges.length - 1
  const own = thresholds.filter(({ score }) => score === name)
  const counts = fates.map(
    (fate) => `${fateNames[fate]} ${scores[name][fate].count}, mean ${formatMean(scores[name][fate].mean)}`,
  )
  return {
    heading: titles[name],
    label: `${titles[name]} from 0 to 1: ${counts.join('; ')}. ${own.length === 0 ? 'No line is drawn.' : `Lines: ${describeLines(name, thresholds)}.`}`,
    spec: plotHistogram({
      edges: scoreEdges,
      series: fates.map((fate) => ({ bins: scores[name][fate].bins, colour: fateColours[fate] })),
      title: 'score',
      unit: 'candidates',
      width: 276,
      ticks: [0, 1 / 3, 2 / 3, 1].map((score) => ({ bin: Math.round(score * bins), text: formatLine(score) })),
      rules: own.map(({ kind, value }) => ({
        at: value * bins,
        text: kind === 'threshold' ? `threshold ${formatLine(value)}` : `stop below ${formatLine(value)}`,
        isStrong: kind === 'threshold',
      })),
    }),
  }
}
