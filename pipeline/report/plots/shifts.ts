import { plotWidth } from './plot-width.ts'
import type { PlotSpec } from '../draw-plot.ts'
import { measureLabels, placeRows, uniqueLabels } from './label.ts'

/** A measure in [0,1] of two builds. */
export type PlottedShift = { readonly name: string; readonly before: number; readonly after: number }

const step = 26

/** A hollow dot for the earlier build, a filled one for this build, and the way between them. */
export function plotShifts(shifts: readonly PlottedShift[]): PlotSpec {
  const names = uniqueLabels(shifts.map(({ name }) => name))
  const values = shifts.map(({ before, after }, n) => ({
    name: names[n],
    before,
    after,
    text: formatChange(after - before),
    end: Math.max(before, after),
  }))
  const left = measureLabels(names)
  const y = placeRows(names, true)
  const domain: number[] = [0, 1]
  const axis = { values: [...domain, 0.5], format: '.2~f', grid: false }
  const x = { type: 'quantitative', scale: { domain }, axis, title: null } as const
  const dot = { type: 'point', size: 70, opacity: 1, strokeWidth: 1.5, stroke: 'var(--blue)' } as const
  return {
    width: plotWidth - left - 52,
    height: step * shifts.length,
    padding: { left, right: 52, top: 2, bottom: 24 },
    layer: [
      {
        data: { values },
        mark: { type: 'rule', color: 'var(--blue)', strokeWidth: 2 },
        encoding: { y, x: { ...x, field: 'before' }, x2: { field: 'after' } },
      },
      { data: { values }, mark: { ...dot, fill: 'var(--paper)' }, encoding: { y, x: { ...x, field: 'before' } } },
      { data: { values }, mark: { ...dot, fill: 'var(--blue)' }, encoding: { y, x: { ...x, field: 'after' } } },
      {
        data: { values },
        mark: { type: 'text', align: 'left', dx: 9, baseline: 'middle' },
        encoding: { y, x: { ...x, field: 'end' }, text: { field: 'text', type: 'nominal' } },
      },
    ],
  }
}

function formatChange(change: number): string {
  const text = Math.abs(change).toFixed(2)
  if (text === '0.00') return '='
  return change > 0 ? `+${text}` : `−${text}`
}
