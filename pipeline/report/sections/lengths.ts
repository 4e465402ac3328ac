import { responseModes } from '../../records/response-mode.ts'
import type { Chart, Plot, Section } from '../chart.ts'
import type { Measured } from '../measured.ts'
import { formatCount, formatMean, nameOf } from '../numbers.ts'
import { plotHistogram } from '../plots/histogram.ts'
import { colourOfMode } from '../plots/palette.ts'
import type { Report, RowFacts } from '../report-data.ts'

export function describeLengths({ rows }: Report): Section {
  return {
    id: 'lengths',
    title: 'How long the accepted rows are',
    charts: [
      drawLengths(
        'answer-length',
        'Length of the answers, by mode',
        'Accepted rows by the length of the answer in characters; bins grow by about half, so equal steps are equal factors.',
        'Modes that hardly overlap: a set whose refusals are all short and whose answers are all long teaches length along with safety. And very short answers, which seldom help.',
        rows.answerLengths,
        rows,
      ),
      drawLengths(
        'reasoning-length',
        'Length of the reasoning, by mode',
        'Accepted rows by the length of the reasoning that stands before the answer, in characters, in the same bins.',
        'Very short reasoning, which seldom weighs the policy, and one mode that reasons far longer than the others.',
        rows.reasoningLengths,
        rows,
      ),
    ],
  }
}

function drawLengths(
  id: string,
  title: string,
  caption: string,
  lookFor: string,
  lengths: RowFacts['answerLengths'],
  { lengthEdges }: RowFacts,
): Chart {
  const modes = responseModes.flatMap((mode) => {
    const measured = lengths[mode]
    return measured === undefined ? [] : [{ mode, measured }]
  })
  const all = modes.map(({ measured }) => measured)
  return {
    id,
    title,
    caption,
    lookFor,
    key: [],
    plots: modes.map(({ mode, measured }) => drawMode(mode, measured, lengthEdges, findRange(all, lengthEdges))),
    nothing: modes.length === 0 ? 'No row was accepted.' : null,
    table: {
      headings: ['characters', ...responseModes.map(nameOf)],
      rows: [
        ['rows', ...responseModes.map((mode) => lengths[mode]?.count ?? 0)],
        ['mean length', ...responseModes.map((mode) => formatMean(lengths[mode]?.mean ?? null, 0))],
        ...lengthEdges
          .map((_, bin) => [
            describeBin(lengthEdges, bin),
            ...responseModes.map((mode) => lengths[mode]?.bins[bin] ?? 0),
          ])
          .filter(([, ...counts]) => counts.some((count) => count !== 0)),
      ],
    },
  }
}

function describeBin(edges: readonly number[], bin: number): string {
  const [from = 0, to] = [edges[bin], edges[bin + 1]]
  return to === undefined ? `${formatCount(from)} and more` : `${formatCount(from)} to ${formatCount(to - 1)}`
}

type Range = { readonly first: number; readonly end: number }

/** The bins that any of them uses, so that plots below each other share an axis. */
function findRange(all: readonly Measured[], edges: readonly number[]): Range {
  const used = edges.map((_, bin) => all.some(({ bins }) => (bins[bin] ?? 0) > 0))
  return { first: Math.max(used.indexOf(true) - 1, 0), end: Math.min(used.lastIndexOf(true) + 2, edges.length) }
}

function drawMode(mode: string, measured: Measured, edges: readonly number[], { first, end }: Range): Plot {
  const range = edges.slice(first, end)
  const every = Math.ceil(range.length / 6)
  const peak = measured.bins.indexOf(Math.max(...measured.bins))
  return {
    heading: `${nameOf(mode)}: ${formatCount(measured.count)} rows, mean ${formatMean(measured.mean, 0)}`,
    label: `${nameOf(mode)}: ${measured.count} rows, mean length ${formatMean(measured.mean, 0)} characters, most of them from ${describeBin(edges, peak)}.`,
    spec: plotHistogram({
      edges: range,
      series: [{ bins: measured.bins.slice(first, end), colour: colourOfMode(mode) }],
      title: 'characters',
      unit: 'rows',
      ticks: range.map((edge, bin) => ({ bin, text: formatEdge(edge) })).filter((_, bin) => bin % every === 0),
      height: 80,
    }),
  }
}

function formatEdge(edge: number): string {
  return edge >= 1000 ? `${edge / 1000}k` : String(edge)
}
