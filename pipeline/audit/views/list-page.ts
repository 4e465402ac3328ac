import { renderScroller } from '../../display/html-table.ts'
import { markup, type Markup } from '../../display/html.ts'
import type { FilterOptions } from '../filter-options.ts'
import { writeQueueChoice, type QueueChoice } from '../queue-choice.ts'
import type { QueueLine } from '../queues.ts'
import { itemAddress } from './addresses.ts'
import { describeQueue, renderFilterPanel } from './filters.ts'
import { listLength } from './queue-bar.ts'
import { renderShell, type Place } from './shell.ts'
import { nameIntent, nameMode, toLine, toScore } from './text-block.ts'

export type ListPage = {
  readonly place: Place
  readonly choice: QueueChoice
  readonly options: FilterOptions
  readonly total: number
  /** 1-based. */
  readonly page: number
  readonly lines: readonly QueueLine[]
}

/** A queue at a glance, without a text that may disturb. */
export function renderListPage({ place, choice, options, total, page, lines }: ListPage): string {
  const query = writeQueueChoice(choice)
  const pages = Math.max(1, Math.ceil(total / listLength))
  const step = (to: number, words: string, rel: string): Markup =>
    to < 1 || to > pages
      ? markup`<span class="button off">${words}</span>`
      : markup`<a class="button" rel="${rel}" href="/list?${query}&amp;page=${to}">${words}</a>`
  const main = markup`${renderFilterPanel(choice, options, total === 0)}
    <main class="list">
      <h1>${describeQueue(choice)}</h1>
      <p class="pages">${step(page - 1, '← previous', 'prev')} page ${page} of ${pages} · ${total.toLocaleString('en')} samples ${step(page + 1, 'next →', 'next')}
        <button type="button" class="quiet" data-filters="">Filters <kbd>s</kbd></button></p>
      ${total === 0 ? markup`<p class="note">Nothing matches.</p>` : renderLines(lines, query)}
    </main>`
  return renderShell({ place, title: `List · ${place.name}`, main })
}

function renderLines(lines: readonly QueueLine[], query: string): Markup {
  const heads = [
    'place',
    'sample',
    'outcome',
    'mode',
    'category',
    'intent',
    'safety',
    'helpful',
    'reasoning',
    'reward',
    'votes',
  ]
  return renderScroller(markup`<table>
      <thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead>
      <tbody>${lines.map((line) => renderLine(line, query))}</tbody>
    </table>`)
}

function renderLine(line: QueueLine, query: string): Markup {
  const scores = [line.safety, line.helpfulness, line.reasoningQuality, line.reward, line.voteSpread]
  return markup`<tr>
      <td class="number">${(line.pos + 1).toLocaleString('en')}</td>
      <td><a href="${itemAddress(line.item, query, line.pos)}"><code>${toLine(line.candidateId ?? line.item, 40)}</code></a></td>
      <td><span class="badge ${line.outcome === 'accepted' ? 'accepted' : 'rejected'}">${toLine(line.outcome, 60)}</span></td>
      <td>${line.mode === null ? '' : nameMode(line.mode)}</td>
      <td>${toLine(line.category ?? '', 60)}</td>
      <td>${line.intent === null ? '' : nameIntent(line.intent)}</td>
      ${scores.map((score) => markup`<td class="number">${toScore(score)}</td>`)}
    </tr>`
}
