import { markup, type Markup } from '../../display/html.ts'
import type { Decision, Standing } from '../../records/decision.ts'
import type { AuditRow } from '../audit-row.ts'
import { findObstacle } from '../decision-desk.ts'
import { cutText, toLine } from './text-block.ts'
import { renderMore } from './verdicts.ts'

const mostDecisions = 50
const reasonLength = 2000

const pastWords = {
  accept: 'accepted',
  reject: 'rejected',
  flag: 'flagged',
  comment: 'commented',
  withdraw: 'withdrew',
} as const satisfies Record<Decision['action'], string>

/** What each action does, in the words of the form. */
const effects = {
  accept: 'the next build emits this text, whatever graders say',
  reject: 'the next build withholds this text',
  flag: 'for other people to look at; changes no build',
  comment: 'words for other people; changes no build',
  withdraw: 'takes back what you said about this text before',
} as const satisfies Record<Decision['action'], string>

/** What stands on a text, and what that does. */
export function renderStanding(standing: Standing | null): Markup {
  if (standing === null) return markup``
  const words = standing.isConflict
    ? 'Auditors differ: the next build withholds this text while a reject stands.'
    : standing.verdict === 'accept'
      ? 'Accepted by a person: the next build emits this text. Of several that are accepted, it takes the best.'
      : 'Rejected by a person: the next build withholds this text.'
  const state = standing.isConflict ? 'unsure' : standing.verdict === 'accept' ? 'good' : 'bad'
  return markup`<p class="standing ${state}"><b>${words}</b></p>`
}

export function renderDecisionList(decisions: readonly Decision[], auditor: string): Markup {
  if (decisions.length === 0) return markup``
  // The newest are the ones that count.
  const shown = decisions.slice(-mostDecisions)
  return markup`<ul class="decisions">${shown.map((decision) => renderDecision(decision, auditor))}</ul>
    ${renderMore(decisions.length, mostDecisions, 'earlier decisions')}`
}

function renderDecision({ action, by, decidedAt, reason, outcome, buildId }: Decision, auditor: string): Markup {
  const who = by === auditor ? 'you' : toLine(by, 60)
  return markup`<li>
      <b>${who} ${pastWords[action]}</b> <time>${decidedAt.slice(0, 16).replace('T', ' ')}</time>
      <span class="note">then ${toLine(outcome, 60)} in ${toLine(buildId, 40)}</span>
      <div class="reason" dir="auto">${cutText(reason, reasonLength)}</div>
    </li>`
}

/** Words of the build: what it did because of decisions that it was given. */
export function renderRulings({ rulings, status }: AuditRow): Markup {
  if (rulings.length === 0) return markup``
  const names = rulings.slice(0, mostDecisions).map(({ by, action }) => `${toLine(by, 60)} (${action})`)
  const did = status === 'accepted' ? 'emitted' : 'did not emit'
  return markup`<p class="note">This build knew the decisions of ${names.join(', ')} and ${did} the text.</p>`
}

export type FormContext = {
  readonly row: AuditRow
  readonly formToken: string
  readonly query: string
  readonly pos: number | null
  /** This auditor said something of this text that can be taken back. */
  readonly canWithdraw: boolean
}

export function renderDecisionForm({ row, formToken, query, pos, canWithdraw }: FormContext): Markup {
  const obstacle = findObstacle(row, 'comment')
  if (obstacle !== null) return markup`<p class="note">${obstacle}</p>`
  const actions = ['accept', 'reject', 'flag', 'comment', ...(canWithdraw ? (['withdraw'] as const) : [])] as const
  const notAccepted = findObstacle(row, 'accept')
  return markup`<details class="decide">
      <summary>Decide <kbd>a</kbd><kbd>r</kbd><kbd>f</kbd><kbd>c</kbd></summary>
      <form method="post" action="/decide">
        <input type="hidden" name="form-token" value="${formToken}">
        <input type="hidden" name="row" value="${row.rowId}">
        <input type="hidden" name="digest" value="${row.contentDigest ?? ''}">
        <input type="hidden" name="queue" value="${query}">
        <input type="hidden" name="at" value="${pos ?? ''}">
        <fieldset>
          <legend>What</legend>
          ${actions.map((action) => renderAction(action, row.rowId, action === 'accept' ? notAccepted : null))}
        </fieldset>
        ${notAccepted === null ? '' : markup`<p class="obstacle" data-obstacle="accept">${notAccepted}</p>`}
        <label class="why" for="why-${row.rowId}">Why <span class="note">needed; others read it, and the row carries it</span></label>
        <textarea id="why-${row.rowId}" name="reason" required="" maxlength="10000" rows="2"></textarea>
        <p class="buttons">
          <button class="save">Save <kbd>Enter</kbd></button>
          <button type="button" class="quiet" data-leave="">Leave <kbd>Esc</kbd></button>
        </p>
      </form>
    </details>`
}

function renderAction(action: Decision['action'], rowId: number, obstacle: string | null): Markup {
  const id = `${action}-${rowId}`
  const input =
    obstacle === null
      ? markup`<input type="radio" name="action" value="${action}" id="${id}" required="">`
      : markup`<input type="radio" name="action" value="${action}" id="${id}" disabled="">`
  return markup`<label class="action ${action}" for="${id}">${input}
      <span><b>${action}</b> <span class="note">${effects[action]}</span></span></label>`
}

/** What is said after a decision was saved. */
export function describeSaved({ action, candidateId }: Decision): string {
  return `Saved: you ${pastWords[action]} ${candidateId}. ${action === 'flag' || action === 'comment' ? 'It changes no build.' : 'It takes effect with the next build.'}`
}
