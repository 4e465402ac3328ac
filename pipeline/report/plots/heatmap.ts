import { plotWidth } from './plot-width.ts'
import type { PlotSpec } from '../draw-plot.ts'
import { labelAxis, measureLabels, uniqueLabels } from './label.ts'
import { asIs, palette, type Colour } from './palette.ts'

export type HeatmapOptions = {
  /** Of this project's own making. Short: they stand above narrow columns; `|` begins a second line. */
  readonly columnLabels: readonly string[]
  readonly columnTitle?: string
  /** Cells of another colour, such as those off a diagonal. */
  readonly colourOf?: (row: number, column: number) => Colour
}

const cellHeight = 26
const [faintest, strongest] = [0.1, 0.55]

/** Counts in a grid, shaded by size; a zero is a faint dot, so that gaps are seen. `cells`: row, then column. */
export function plotHeatmap(
  rowNames: readonly string[],
  cells: readonly (readonly number[])[],
  { columnLabels, columnTitle, colourOf = () => palette.blue }: HeatmapOptions,
): PlotSpec {
  const rows = uniqueLabels(rowNames)
  const columns = [...columnLabels]
  const most = Math.max(1, ...cells.flat())
  const values = cells.flatMap((row, r) =>
    row.map((count, c) => ({
      row: rows[r],
      column: columns[c],
      colour: colourOf(r, c),
      opacity: count === 0 ? 0 : faintest + (strongest - faintest) * (count / most),
      text: count === 0 ? '·' : String(count),
      ink: count === 0 ? 'var(--faint)' : 'var(--ink)',
    })),
  )
  const left = measureLabels(rows)
  const lines = columnLabels.some((label) => label.includes('|')) ? 2 : 1
  const headRoom = 10 + 15 * lines + (columnTitle === undefined ? 0 : 20)
  const y = {
    field: 'row',
    type: 'nominal',
    scale: { domain: rows, paddingInner: 0.06 },
    axis: labelAxis,
    title: null,
  } as const
  const axis = {
    ...labelAxis,
    orient: 'top',
    labelAngle: 0,
    labelPadding: 6 + 14 * (lines - 1),
    labelExpr: "split(datum.label, '|')",
    ...(columnTitle === undefined ? {} : { title: columnTitle, titlePadding: 8 }),
  } as const
  const x = {
    field: 'column',
    type: 'nominal',
    scale: { domain: columns, paddingInner: 0.03 },
    axis,
    ...(columnTitle === undefined ? { title: null } : {}),
  } as const
  return {
    width: Math.max(Math.min(plotWidth - left - 4, columns.length * 110), 90),
    height: cellHeight * rows.length,
    padding: { left, right: 4, top: headRoom, bottom: 4 },
    layer: [
      {
        data: { values },
        mark: { type: 'rect', cornerRadius: 2 },
        encoding: {
          y,
          x,
          fill: asIs,
          fillOpacity: { field: 'opacity', type: 'quantitative', scale: null, legend: null },
        },
      },
      {
        data: { values },
        mark: { type: 'text', baseline: 'middle' },
        encoding: {
          y,
          x,
          text: { field: 'text', type: 'nominal' },
          color: { field: 'ink', type: 'nominal', scale: null, legend: null },
        },
      },
    ],
  }
}
