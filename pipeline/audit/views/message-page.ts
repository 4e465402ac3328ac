import { markup } from '../../display/html.ts'
import { renderShell, type Place } from './shell.ts'
import { toLine } from './text-block.ts'

/** What went wrong, in words that the user can act on; no stack, no path. */
export function renderMessagePage(place: Place, title: string, message: string, remedy: string): string {
  const main = markup`<main class="message">
      <h1>${toLine(title)}</h1>
      <p class="problem">${message.slice(0, 2000)}</p>
      <p>${remedy}</p>
      <p><a href="/">All queues</a></p>
    </main>`
  return renderShell({ place, title, main })
}
