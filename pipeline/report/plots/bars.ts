import { plotWidth } from './plot-width.ts'
import type { PlotSpec } from '../draw-plot.ts'
import { measureLabels, placeRows, uniqueLabels } from './label.ts'
import { asIs, type Colour } from './palette.ts'

export type Bar = {
  readonly name: string
  readonly value: number
  /** Stands behind the bar. */
  readonly text: string
  readonly colour: Colour
}

type BarOptions = {
  /** A scale with two ends, drawn behind the bars; without it the axis goes from 0 to the longest bar. */
  readonly scale?: { readonly min: number; readonly max: number }
}

const step = 24

/** Horizontal bars, one below the other, each with its number behind it. */
export function plotBars(bars: readonly Bar[], { scale }: BarOptions = {}): PlotSpec {
  const names = uniqueLabels(bars.map(({ name }) => name))
  const left = measureLabels(names)
  const right = measureLabels(bars.map(({ text }) => text))
  const y = placeRows(names, false)
  const min = scale?.min ?? 0
  const max = scale?.max ?? (Math.max(0, ...bars.map(({ value }) => value)) || 1)
  const domain: number[] = [min, max]
  const rows = bars.map(({ value, text, colour }, n) => {
    const end = scale === undefined ? value : max
    return { name: names[n], min, value, end, text, colour }
  })
  const x = { type: 'quantitative', scale: { domain, nice: false }, axis: null } as const
  return {
    width: Math.max(plotWidth - left - right, 100),
    height: step * rows.length,
    padding: { left, right, top: 2, bottom: 4 },
    layer: [
      {
        data: { values: scale === undefined ? [] : rows },
        mark: { type: 'bar', height: 15, cornerRadiusEnd: 2, color: 'var(--line)' },
        encoding: { y, x: { ...x, field: 'min' }, x2: { field: 'end' } },
      },
      {
        data: { values: rows },
        mark: { type: 'bar', height: 15, cornerRadiusEnd: 2 },
        encoding: { y, x: { ...x, field: 'min' }, x2: { field: 'value' }, fill: asIs },
      },
      {
        data: { values: rows },
        mark: { type: 'text', align: 'left', dx: 5, baseline: 'middle' },
        encoding: { y, x: { ...x, field: 'end' }, text: { field: 'text', type: 'nominal' } },
      },
    ],
  }
}
