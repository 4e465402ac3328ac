import { markup, type Markup } from '../../display/html.ts'
import type { Decision } from '../../records/decision.ts'
import type { FilterOptions } from '../filter-options.ts'
import type { PreviousOutcome } from '../previous-outcome.ts'
import { writeQueueChoice, type QueueChoice } from '../queue-choice.ts'
import type { AuditItem } from '../read-item.ts'
import { itemAddress, textAddress } from './addresses.ts'
import { renderCandidate, renderEvidence, type CandidateContext } from './candidate.ts'
import { describeSaved, renderDecisionList } from './decisions.ts'
import { renderFilterPanel } from './filters.ts'
import { renderPrevious } from './previous.ts'
import { renderQueueBar, type QueuePlace } from './queue-bar.ts'
import { renderShell, type Place } from './shell.ts'
import { nameIntent, renderTextBlock, toLine } from './text-block.ts'
import { renderMore } from './verdicts.ts'

export type ItemPage = {
  readonly place: Place
  readonly queue: QueuePlace & { readonly choice: QueueChoice }
  readonly options: FilterOptions
  readonly item: AuditItem
  readonly candidates: Omit<CandidateContext, 'isVeiled'>
  readonly previous: PreviousOutcome | null
  readonly mayDisturb: boolean
  readonly isVeiled: boolean
  /** The auditor has said: never cover anything in this session. */
  readonly isVeilOff: boolean
  readonly saved: Decision | null
}

/** Turns and stops of a forged build; a real conversation has at most 200,000 characters. */
const mostTurns = 200
const mostStops = 20

export function renderItemPage(page: ItemPage): string {
  const { place, queue, options, item, candidates, previous, saved, isVeiled } = page
  const context = { ...candidates, isVeiled }
  const { stale } = candidates.decisions
  const main = markup`${renderFilterPanel(queue.choice, options)}
    <main data-item="">
      ${saved === null ? '' : markup`<p class="saved" role="status">${describeSaved(saved)} <a href="${itemAddress(saved.promptId, writeQueueChoice(queue.choice), null)}">Back to it</a></p>`}
      ${renderPrompt(page)}
      ${
        stale.length === 0
          ? ''
          : markup`<section class="stale">
          <h2>Stale decisions</h2>
          <p>These are about texts that no candidate of this prompt has now. They are kept and change nothing.</p>
          ${renderDecisionList(stale, place.auditor)}
        </section>`
      }
      ${previous === null ? '' : renderPrevious(previous, isVeiled)}
      ${
        item.candidates.length === 0
          ? markup`<p class="note">No candidate: the prompt was stopped before it had one.</p>`
          : markup`<h2 class="visually-hidden">Candidates</h2>
      <div class="candidates">
        ${item.candidates.map((row, n) => renderCandidate(row, n + 1, item.candidates.length, context))}
      </div>`
      }
      ${renderMore(item.candidates.length + item.stops.length + item.unshown, item.candidates.length + item.stops.length, 'rows of this prompt')}
    </main>`
  return renderShell({ place, title: `${item.key} · ${place.name}`, bar: renderQueueBar(queue), main })
}

function renderPrompt(page: ItemPage): Markup {
  const { item, isVeiled } = page
  const [first] = [...item.candidates, ...item.stops]
  const facts = [
    toLine(item.category ?? 'no category', 60),
    nameIntent(item.intent),
    ...(first?.language ? [toLine(first.language, 20)] : []),
    ...(first === undefined ? [] : [`${toLine(first.source, 60)}, ${toLine(first.location, 100)}`]),
    ...(first?.family ? [`family ${toLine(first.family, 60)}`] : []),
  ]
  return markup`<section class="prompt" aria-label="Prompt">
      <header class="prompt-head">
        <h1>${toLine(item.key, 60)}</h1>
        <p class="facts">${facts.join(' · ')}</p>
        ${renderVeilControls(page)}
      </header>
      ${item.stops.slice(0, mostStops).map(
        (row) =>
          markup`<div class="stop"><p><span class="badge rejected">${toLine(row.outcome, 60)}</span> ${toLine(row.detail, 600)}
          <span class="note">${item.candidates.length > 0 ? 'an equal copy of this prompt, at ' : ''}${toLine(row.location, 100)}</span></p>
          ${renderEvidence(row, isVeiled)}</div>`,
      )}
      <ol class="turns">
        ${item.messages.slice(0, mostTurns).map(
          ({ role, content }, n) =>
            markup`<li class="turn ${role}"><p class="role">${role}</p>${renderTextBlock({
              title: item.messages.length === 1 ? 'the prompt' : `turn ${n + 1}`,
              text: content,
              address: textAddress(first?.rowId ?? 0, 'messages', n),
              isVeiled,
            })}</li>`,
        )}
      </ol>
      ${renderMore(item.messages.length, mostTurns, 'turns')}
    </section>`
}

function renderVeilControls({ queue, item, mayDisturb, isVeiled, isVeilOff, place }: ItemPage): Markup {
  const here = itemAddress(item.key, writeQueueChoice(queue.choice), queue.pos)
  const toggle = isVeiled
    ? markup`<a class="button" href="${here}&amp;show=1" data-toggle-veil="" aria-keyshortcuts="b">Show the texts <kbd>b</kbd></a>`
    : markup`<a class="button" href="${here}" data-toggle-veil="" aria-keyshortcuts="b">Cover the texts <kbd>b</kbd></a>`
  const setting = markup`<form method="post" action="/veil">
      <input type="hidden" name="form-token" value="${place.formToken}">
      <input type="hidden" name="back" value="${item.key}">
      <input type="hidden" name="queue" value="${writeQueueChoice(queue.choice)}">
      <input type="hidden" name="at" value="${queue.pos ?? ''}">
      <input type="hidden" name="veil" value="${isVeilOff ? 'on' : 'off'}">
      <button class="quiet">${isVeilOff ? 'cover such texts again' : 'never cover in this session'}</button>
    </form>`
  if (isVeilOff) return markup`<div class="veil-controls">${setting}</div>`
  return mayDisturb ? markup`<div class="veil-controls">${toggle} ${setting}</div>` : markup``
}
