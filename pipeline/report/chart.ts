import type { Cell } from '../display/html-table.ts'
import type { PlotSpec } from './draw-plot.ts'
import type { Colour } from './plots/palette.ts'

export type Plot = {
  /** Above the plot, where a chart has several; null where the chart's title says it all. */
  readonly heading: string | null
  /** What the plot shows, in words, for those who do not see it. */
  readonly label: string
  readonly spec: PlotSpec
}

export type NumberTable = {
  readonly headings: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

/** One chart with all that a newcomer needs to read it. */
export type Chart = {
  /** The anchor. */
  readonly id: string
  readonly title: string
  /** What it shows, and of which rows. */
  readonly caption: string
  /** What deserves a second look; null where there is no picture. */
  readonly lookFor: string | null
  readonly key: readonly { readonly name: string; readonly colour: Colour }[]
  /** Empty where there is nothing to draw; then `nothing` says why. */
  readonly plots: readonly Plot[]
  readonly nothing: string | null
  /** The numbers behind it, folded unless they are what the chart is about. */
  readonly table: NumberTable
  readonly isTableOpen?: boolean
}

export type Section = {
  readonly id: string
  readonly title: string
  readonly charts: readonly Chart[]
}
