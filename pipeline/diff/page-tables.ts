import { describeMoves, listGroupShifts, renderMean, renderShare, stateNames, type Shift } from './describe-diff.ts'
import { renderScroller, renderTable } from '../display/html-table.ts'
import { markup, type Markup } from '../display/html.ts'
import { states } from './outcome.ts'
import type { Group } from './tally-group.ts'

export function renderShifts(shifts: readonly Shift[]): Markup {
  return renderScroller(
    markup`<table>
      <thead>
        <tr>
          <th></th>
          <th class="number">A</th>
          <th class="number">B</th>
          <th class="number">B - A</th>
        </tr>
      </thead>
      <tbody>
        ${shifts.map(
          ([name, a, b, difference]) =>
            markup`<tr>
              <td>${name}</td>
              <td class="number">${a}</td>
              <td class="number">${b}</td>
              <td class="number">${difference}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  )
}

/** From A to B, shaded by the share of all prompts of the group; off the diagonal in another colour. */
export function renderMatrix({ moves, prompts }: Group): Markup {
  const cells = (from: (typeof states)[number]): Markup[] =>
    states.map((to) => {
      const count = moves[from][to]
      if (count === 0) return markup`<td class="number none">.</td>`
      const share = (0.12 + 0.55 * (count / Math.max(prompts, 1))).toFixed(2)
      return markup`<td class="number ${from === to ? 'same' : 'moved'}" style="--share: ${share}">${count}</td>`
    })
  return renderScroller(
    markup`<table>
      <thead>
        <tr>
          <th></th>
          ${states.map((to) => markup`<th class="number">${stateNames[to]}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${states.map(
          (from) =>
            markup`<tr>
              <th>${stateNames[from]}</th>
              ${cells(from)}
            </tr>`,
        )}
      </tbody>
    </table>`,
  )
}

export function renderGroups(groups: Readonly<Record<string, Group>>): Markup {
  const entries = Object.entries(groups)
  const rows = entries.map(([name, { prompts, a, b, moves }]) => [
    name,
    prompts,
    `${renderShare(a.accepted, a.prompts)} → ${renderShare(b.accepted, b.prompts)}`,
    `${renderMean(a.reward, 2)} → ${renderMean(b.reward, 2)}`,
    describeMoves(moves).join(', '),
  ])
  const whole = entries.map(
    ([name, group]) =>
      markup`<details>
        <summary>${name}: all moves and shifts</summary>
        <div class="inside">${renderMatrix(group)} ${renderShifts(listGroupShifts(group))}</div>
      </details>`,
  )
  return markup`${renderTable(['', 'prompts', 'acceptance', 'reward of rows', 'moves'], rows)} ${whole}`
}
