import { plotWidth } from './plot-width.ts'
import type { PlotSpec } from '../draw-plot.ts'
import { measureLabels, placeRows, uniqueLabels } from './label.ts'
import { asIs, inkOn, type Colour } from './palette.ts'

export type StackedBar = {
  readonly name: string
  /** In the order in which they stand, left to right. */
  readonly parts: readonly { readonly count: number; readonly colour: Colour }[]
}

const step = 28
/** A part this small, in pixels a digit, has no room for its number; the table has it. */
const roomOfDigit = 9

/** Each bar is 100% of its group, with the counts in its parts and the group's size behind it. */
export function plotStackedBars(bars: readonly StackedBar[]): PlotSpec {
  const names = uniqueLabels(bars.map(({ name }) => name))
  const sizes = bars.map(({ parts }) => parts.reduce((all, { count }) => all + count, 0))
  const notes = sizes.map((size) => (size === 0 ? 'none' : `n = ${size}`))
  const [left, right] = [measureLabels(names), measureLabels(notes)]
  const width = Math.max(plotWidth - left - right, 100)
  const pieces = bars.flatMap(({ parts }, n) => {
    const size = sizes[n] ?? 0
    let from = 0
    return parts
      .filter(({ count }) => count > 0)
      .map(({ count, colour }) => {
        const piece = { name: names[n], from, to: from + count / size, colour, ink: inkOn(colour), text: '' }
        from = piece.to
        const isWide = (count / size) * width >= roomOfDigit * String(count).length + 4
        return { ...piece, middle: (piece.from + piece.to) / 2, text: isWide ? String(count) : '' }
      })
  })
  const ends = notes.map((text, n) => ({ name: names[n], end: 1, text }))
  const y = placeRows(names, false)
  const domain: number[] = [0, 1]
  const x = { type: 'quantitative', scale: { domain }, axis: null } as const
  return {
    width,
    height: step * bars.length,
    padding: { left, right, top: 2, bottom: 4 },
    layer: [
      {
        data: { values: pieces },
        mark: { type: 'bar', height: 19, stroke: 'var(--paper)', strokeWidth: 1 },
        encoding: { y, x: { ...x, field: 'from' }, x2: { field: 'to' }, fill: asIs },
      },
      {
        data: { values: pieces },
        mark: { type: 'text', baseline: 'middle', fontWeight: 600 },
        encoding: {
          y,
          x: { ...x, field: 'middle' },
          text: { field: 'text', type: 'nominal' },
          color: { field: 'ink', type: 'nominal', scale: null, legend: null },
        },
      },
      {
        data: { values: ends },
        mark: { type: 'text', align: 'left', dx: 6, baseline: 'middle', color: 'var(--faint)' },
        encoding: { y, x: { ...x, field: 'end' }, text: { field: 'text', type: 'nominal' } },
      },
    ],
  }
}
