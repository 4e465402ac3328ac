import { renderTable } from '../display/html-table.ts'
import { markup, type Markup } from '../display/html.ts'
import type { Chart, Plot, Section } from './chart.ts'
import { drawPlot } from './draw-plot.ts'

export async function renderSection({ id, title, charts }: Section): Promise<Markup> {
  const rendered: Markup[] = []
  for (const chart of charts) rendered.push(await renderChart(chart))
  return markup`
        <section id="${id}" aria-labelledby="${id}-title">
          <h2 id="${id}-title">${title}</h2>
          <div class="charts">${rendered}</div>
        </section>`
}

/** Title, key, picture, caption, and the numbers behind it. */
async function renderChart({
  id,
  title,
  caption,
  lookFor,
  key,
  plots,
  nothing,
  table,
  isTableOpen,
}: Chart): Promise<Markup> {
  const drawn: Markup[] = []
  for (const plot of plots) drawn.push(await renderPlot(plot, title))
  return markup`
            <figure id="${id}" class="${plots.length > 2 || isTableOpen === true ? 'chart wide' : 'chart'}">
              <h3>${title}</h3>
              ${plots.length === 0 || key.length === 0 ? none : renderKey(key)}
              ${nothing === null ? none : markup`<p class="nothing">${nothing}</p>`}
              <div class="plots">${drawn}</div>
              <figcaption>
                <p>${caption}</p>
                ${lookFor === null ? none : markup`<p><b>Look for:</b> ${lookFor}</p>`}
              </figcaption>
              ${table.rows.length === 0 ? none : renderNumbers(table, isTableOpen === true)}
            </figure>`
}

const none = markup``

async function renderPlot({ heading, label, spec }: Plot, title: string): Promise<Markup> {
  const name = heading === null ? title : `${title}: ${heading}`
  return markup`<div class="plot">
                  ${heading === null ? none : markup`<h4>${heading}</h4>`}
                  <div role="img" aria-label="${`${name}. ${label}`}">${await drawPlot(spec)}</div>
                </div>`
}

function renderKey(key: Chart['key']): Markup {
  const entries = key.map(
    ({ name, colour }) => markup`<li><span class="swatch" style="--colour: ${colour}"></span>${name}</li>`,
  )
  return markup`<ul class="key">${entries}</ul>`
}

function renderNumbers({ headings, rows }: Chart['table'], isOpen: boolean): Markup {
  return markup`<details${isOpen ? markup` open=""` : none}>
                <summary>The numbers</summary>
                ${renderTable(headings, rows)}
              </details>`
}
