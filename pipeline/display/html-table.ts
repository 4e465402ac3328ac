import { markup, type Markup } from './html.ts'

export type Cell = string | number | Markup

/** A number in a cell of its own is set to the right. */
export function renderTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  return renderScroller(
    markup`<table>
      <thead>
        <tr>
          ${headings.map((heading) => markup`<th>${heading}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            markup`<tr>
              ${row.map(renderCell)}
            </tr>`,
        )}
      </tbody>
    </table>`,
  )
}

/** For a table that may be wider than the window: within reach of Tab, for else only a pointer could move it. */
export function renderScroller(table: Markup): Markup {
  return markup`<div class="scroll" role="group" aria-label="Table" tabindex="0">${table}</div>`
}

function renderCell(cell: Cell): Markup {
  return typeof cell === 'number' ? markup`<td class="number">${cell}</td>` : markup`<td class="text">${cell}</td>`
}
