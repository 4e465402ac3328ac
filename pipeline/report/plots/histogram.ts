import { plotWidth } from './plot-width.ts'
import type { PlotSpec } from '../draw-plot.ts'
import { formatShort } from '../numbers.ts'
import { measureLabels } from './label.ts'
import { asIs, type Colour } from './palette.ts'

export type HistogramOptions = {
  /** Lower edges of the bins. */
  readonly edges: readonly number[]
  /** One a series, from the bottom up. */
  readonly series: readonly { readonly bins: readonly number[]; readonly colour: Colour }[]
  readonly title: string
  /** What is counted, such as candidates. */
  readonly unit: string
  /** Edges to label: their places and texts. */
  readonly ticks: readonly { readonly bin: number; readonly text: string }[]
  /** Vertical lines, in bins from the left; `isStrong` lines are drawn whole, others dashed. */
  readonly rules?: readonly { readonly at: number; readonly text: string; readonly isStrong: boolean }[]
  readonly width?: number
  readonly height?: number
}

const padding = { left: 58, right: 26, bottom: 40 }

/** 500, 1k, 1.5k. */
const shortNumber = "format(datum.value, '~s')"
const lineOfText = 15
/** Counts stand above the bars where there are so few; more would run into each other. */
const mostLabelled = 6

/** Bins side by side at equal widths, series on top of each other. */
export function plotHistogram(options: HistogramOptions): PlotSpec {
  const { edges, series, title, unit, ticks, rules = [], width = plotWidth, height = 130 } = options
  const heights = edges.map((_, bin) => series.reduce((all, { bins }) => all + (bins[bin] ?? 0), 0))
  const stacked = edges.flatMap((_, bin) => {
    let from = 0
    return series.flatMap(({ bins, colour }) => {
      const count = bins[bin] ?? 0
      if (count === 0) return []
      const piece = { left: bin + 0.06, right: bin + 0.94, from, to: from + count, colour }
      from += count
      return [piece]
    })
  })
  const most = Math.max(1, ...heights)
  const nonEmpty = heights.map((to, bin) => ({ left: bin + 0.1, to, text: formatShort(to) })).filter(({ to }) => to > 0)
  const across: number[] = [0, edges.length]
  const up: number[] = [0, most]
  const x = { type: 'quantitative', scale: { domain: across, nice: false, zero: false } } as const
  const y = { type: 'quantitative', scale: { domain: up, nice: true } } as const
  const labels = Object.fromEntries(ticks.map(({ bin, text }) => [bin, text]))
  const xAxis = {
    values: ticks.map(({ bin }) => bin),
    labelExpr: `(${JSON.stringify(labels)})[datum.value]`,
    grid: false,
    labelFlush: false,
    labelOverlap: false,
  } as const
  const yAxis = {
    tickCount: 3,
    tickMinStep: 1,
    domain: false,
    ticks: false,
    labelExpr: shortNumber,
    title: unit,
  } as const
  const plotted = width - padding.left - padding.right
  return {
    width: plotted,
    height,
    padding: { ...padding, top: 20 + lineOfText * rules.length },
    layer: [
      {
        data: { values: stacked },
        mark: { type: 'rect' },
        encoding: {
          x: { ...x, field: 'left', axis: xAxis, title },
          x2: { field: 'right' },
          y: { ...y, field: 'from', axis: yAxis },
          y2: { field: 'to' },
          fill: asIs,
        },
      },
      {
        data: { values: nonEmpty.length <= mostLabelled ? nonEmpty : [] },
        mark: { type: 'text', align: 'left', baseline: 'bottom', dy: -2 },
        encoding: {
          x: { ...x, field: 'left' },
          y: { ...y, field: 'to' },
          text: { field: 'text', type: 'nominal' },
        },
      },
      ...rules.flatMap(({ at, text, isStrong }, n) =>
        drawRule(at, text, isStrong, rules.length - n, (at / edges.length) * plotted),
      ),
    ],
  }
}

/** The text stands above the plot, on a line of its own, to the left where there is room: later rules are to the right. */
function drawRule(at: number, text: string, isStrong: boolean, line: number, fromLeft: number): PlotSpec['layer'] {
  const x = { field: 'at', type: 'quantitative' } as const
  const data = { values: [{ at, text }] }
  const above = -1 - lineOfText * line
  const align = padding.left + fromLeft > measureLabels([text]) ? 'right' : 'left'
  const stroke = { color: 'var(--ink)', strokeWidth: 1.5, ...(isStrong ? {} : { strokeDash: [3, 3] }) }
  return [
    {
      data,
      mark: { type: 'rule', ...stroke },
      encoding: { x, y: { value: above - 6 }, y2: { value: 'height' } },
    },
    {
      data,
      mark: { type: 'text', align, dx: align === 'left' ? 5 : -5, baseline: 'middle' },
      encoding: { x, y: { value: above }, text: { field: 'text', type: 'nominal' } },
    },
  ]
}
