import { plotWidth } from './plot-width.ts'
import type { PlotSpec } from '../draw-plot.ts'
import { measureLabels, placeRows, uniqueLabels } from './label.ts'

/** A value up to 1 with the interval that it may lie in. */
export type PlottedInterval = {
  readonly name: string
  readonly value: number
  readonly low: number
  readonly high: number
  readonly isHollow: boolean
}

const step = 26

/** A dot on its interval, one below the other, from 0 (or the lowest bound, where that is less) to 1. */
export function plotIntervals(intervals: readonly PlottedInterval[]): PlotSpec {
  const names = uniqueLabels(intervals.map(({ name }) => name))
  const values = intervals.map(({ value, low, high, isHollow }, n) => ({
    name: names[n],
    value,
    low,
    high,
    text: value.toFixed(2),
    fill: isHollow ? 'var(--paper)' : 'var(--blue)',
  }))
  const left = measureLabels(names)
  const domain: number[] = [Math.min(0, ...intervals.map(({ low }) => low)), 1]
  const y = placeRows(names, true)
  const axis = { values: [0, 0.25, 0.5, 0.75, 1], format: '.2~f', grid: false }
  const x = { type: 'quantitative', scale: { domain, nice: false }, axis, title: null } as const
  return {
    width: plotWidth - left - 14,
    height: step * intervals.length,
    padding: { left, right: 14, top: 12, bottom: 24 },
    layer: [
      {
        data: { values },
        mark: { type: 'rule', color: 'var(--blue)', strokeWidth: 2 },
        encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' } },
      },
      {
        data: { values },
        mark: { type: 'point', size: 70, opacity: 1, strokeWidth: 1.5, stroke: 'var(--blue)' },
        encoding: {
          y,
          x: { ...x, field: 'value' },
          fill: { field: 'fill', type: 'nominal', scale: null, legend: null },
        },
      },
      {
        data: { values },
        mark: { type: 'text', dy: -10, baseline: 'middle', fontSize: 11 },
        encoding: { y, x: { ...x, field: 'value' }, text: { field: 'text', type: 'nominal' } },
      },
    ],
  }
}
