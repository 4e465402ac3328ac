import { readPage } from '../diff/read-page.ts'

export type ReadChart = {
  readonly id: string
  readonly title: string
  readonly caption: string
  /** Said where there is nothing to draw. */
  readonly nothing: string | null
  /** One a drawing: the name that it has for those who do not see it. */
  readonly names: readonly string[]
  readonly drawings: number
  /** Texts inside the drawings. */
  readonly labels: readonly string[]
  readonly headings: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Every chart of a report, by id. The whole page must be well-formed by the strict reader first. */
export function readCharts(page: string): ReadonlyMap<string, ReadChart> {
  readPage(page)
  const figures = [...page.matchAll(/<figure id="([^"]*)"[^>]*>(.*?)<\/figure>/gs)]
  return new Map(figures.map(([, id = '', figure = '']) => [id, readChart(id, figure)]))
}

function readChart(id: string, figure: string): ReadChart {
  const table = textsOf(figure, 'tr').map((row) =>
    [...row.matchAll(/<t([hd])[^>]*>(.*?)<\/t\1>/gs)].map(([, , cell = '']) => toText(cell)),
  )
  const [headings = [], ...rows] = table
  const svgs = textsOf(figure, 'svg')
  return {
    id,
    title: toText(textsOf(figure, 'h3')[0] ?? ''),
    caption: toText(textsOf(figure, 'figcaption')[0] ?? ''),
    nothing: /<p class="nothing">(.*?)<\/p>/s.exec(figure)?.[1] ?? null,
    names: [...figure.matchAll(/<div role="img" aria-label="([^"]*)">\s*<svg/g)].map(([, name = '']) => toText(name)),
    drawings: svgs.length,
    labels: svgs.flatMap((svg) => textsOf(svg, 'text').map(toText)),
    headings,
    rows,
  }
}

function textsOf(markup: string, tag: string): readonly string[] {
  return [...markup.matchAll(new RegExp(`<${tag}(?: [^>]*)?>(.*?)</${tag}>`, 'gs'))].map(([, inside = '']) => inside)
}

function toText(markup: string): string {
  // The reader decodes entities; it wants a whole page.
  return readPage(`<!doctype html>\n<p>${markup}</p>`).text.replaceAll(/\s+/g, ' ').trim()
}

/** The numbers of a column, by its heading. */
export function readColumn({ headings, rows }: ReadChart, heading: string): readonly number[] {
  const column = headings.indexOf(heading)
  if (column === -1) throw new Error(`no column ${heading} in ${headings.join(', ')}`)
  return rows.map((row) => Number(row[column]))
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}
