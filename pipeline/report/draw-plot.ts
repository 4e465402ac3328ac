import { parse, View } from 'vega'
import { compile, type Config, type TopLevelSpec } from 'vega-lite'
import { trustedMarkup, type Markup } from '../display/html.ts'

/** A plot as data: what Vega-Lite draws, and how much room there is around its axes. All lengths in CSS pixels. */
export type PlotSpec = {
  readonly width: number
  readonly height: number
  /** Room for axis labels and for what stands beside the bars. */
  readonly padding: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }
  readonly layer: Extract<TopLevelSpec, { layer: unknown }>['layer']
}

/*
 * Colours are CSS variables of the page, so that one drawing follows the reader's light or dark scheme. `autosize: none`
 * because Vega measures text only roughly without a canvas: each plot says itself how much room its labels need.
 */
const config: Config = {
  aria: false,
  font: 'inherit',
  background: 'transparent',
  view: { stroke: null },
  axis: {
    labelColor: 'var(--ink)',
    labelFontSize: 12,
    labelLimit: 0,
    titleColor: 'var(--faint)',
    titleFontSize: 12,
    titleFontWeight: 'normal',
    domainColor: 'var(--rule)',
    gridColor: 'var(--line)',
    tickColor: 'var(--rule)',
  },
  text: { fontSize: 12, color: 'var(--ink)' },
}

/**
 * Namespaces are for files of their own, HTML knows where SVG begins; roles of the parts would be read out in place of
 * the words that the page has for the whole.
 */
const needless = / (?:xmlns(?::xlink)?|version|role|aria-[a-z]+|pointer-events)="[^"]*"/g

/** The plot as SVG for use inside HTML: no script, no reference to another file, no id. */
export async function drawPlot(plot: PlotSpec): Promise<Markup> {
  const spec = compile({ ...plot, padding: { ...plot.padding }, autosize: { type: 'none' }, config }).spec
  const view = new View(parse(spec), { renderer: 'none' })
  try {
    // Vega escapes what it writes, so `<` and `>` stand only around its own tags.
    return trustedMarkup((await view.toSVG()).replaceAll(/<[a-z][^<>]*>/g, (tag) => tag.replaceAll(needless, '')))
  } finally {
    view.finalize()
  }
}
