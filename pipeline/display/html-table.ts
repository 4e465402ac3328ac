import { markup, type Markup } from './html.ts'

export type Cell = string | number | Markup

/** A number in a cell of its own is set to the right. */
export function renderTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  return markup`<div class="scroll">
    <table>
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
    </table>
  </div>`
}

function renderCell(cell: Cell): Markup {
  return typeof cell === 'number' ? markup`<td class="number">${cell}</td>` : markup`<td class="text">${cell}</td>`
}
