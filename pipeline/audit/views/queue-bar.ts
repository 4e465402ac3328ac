import { markup, type Markup } from '../../display/html.ts'

/** Where one stands in a queue. */
export type QueuePlace = {
  /** What the queue is, in words. */
  readonly words: string
  readonly query: string
  readonly total: number
  /** 0-based; null for a sample that the queue does not hold. */
  readonly pos: number | null
  readonly next: string | null
  readonly previous: string | null
}

export function renderQueueBar({ words, query, total, pos, next, previous }: QueuePlace): Markup {
  const where =
    pos === null
      ? `not among the ${total.toLocaleString('en')}`
      : `${(pos + 1).toLocaleString('en')} of ${total.toLocaleString('en')}`
  return markup`<nav class="queue" aria-label="Queue">
      ${renderStep('prev', previous, '← previous', 'k')}
      <a class="where" href="/list?${query}&amp;page=${pos === null ? 1 : Math.floor(pos / listLength) + 1}">${where}</a>
      ${renderStep('next', next, 'next →', 'j')}
      <span class="words">${words}</span>
      <button type="button" class="quiet" data-filters="" aria-keyshortcuts="s">Filters <kbd>s</kbd></button>
    </nav>`
}

/** Lines on a page of the list. */
export const listLength = 50

function renderStep(rel: 'prev' | 'next', address: string | null, words: string, key: string): Markup {
  return address === null
    ? markup`<span class="button off">${words}</span>`
    : markup`<a class="button" rel="${rel}" href="${address}" aria-keyshortcuts="${key}">${words} <kbd>${key}</kbd></a>`
}
