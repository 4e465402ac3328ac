import { markup, type Markup } from '../../display/html.ts'
import { toLine } from './text-block.ts'
import { renderKeys } from './keys.ts'

/** What every page says: where one is, and as whom. */
export type Place = {
  readonly name: string
  readonly buildId: string
  readonly auditor: string
  readonly formToken: string
}

export type Shell = {
  readonly place: Place
  readonly title: string
  /** Beside the build's name, in the bar that stays on top. */
  readonly bar?: Markup
  readonly main: Markup
}

export function renderShell({ place, title, bar, main }: Shell): string {
  const page = markup`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${toLine(title)}</title>
    <link rel="stylesheet" href="/audit.css">
    <link rel="icon" href="/icon.svg">
    <script type="module" src="/audit.js"></script>
  </head>
  <body>
    <header class="bar">
      <a class="home" href="/">audit</a>
      <span class="build"><b>${toLine(place.name, 60)}</b> <code>${toLine(place.buildId, 40)}</code></span>
      ${bar ?? markup`<span class="space"></span>`}
      <span class="who">as <b>${toLine(place.auditor, 40)}</b></span>
      <button type="button" class="quiet" data-keys="" aria-keyshortcuts="?">Keys <kbd>?</kbd></button>
    </header>
    ${main}
    ${renderKeys()}
    <p class="announce" role="status" data-announce=""></p>
  </body>
</html>
`
  return page.markup
}
