import { markup, type Markup } from '../../display/html.ts'
import type { AuditRow } from '../audit-row.ts'
import type { Thresholds } from '../audit-build.ts'
import type { ItemDecisions } from '../decision-desk.ts'
import type { PolicyBook } from '../policy-book.ts'
import { requestsAddress, textAddress } from './addresses.ts'
import { renderDecisionForm, renderDecisionList, renderRulings, renderStanding } from './decisions.ts'
import { nameMode, renderTextBlock, toLine, toScore } from './text-block.ts'
import { renderClause, renderMore, renderVerdicts } from './verdicts.ts'

export type CandidateContext = {
  readonly policy: PolicyBook
  readonly thresholds: Thresholds
  readonly decisions: ItemDecisions
  readonly auditor: string
  readonly formToken: string
  readonly query: string
  readonly pos: number | null
  readonly isVeiled: boolean
  /** The row that the queue is about. */
  readonly focus: number | null
}

const mostCited = 30

/** @param n 1-based; the key that goes to it. */
export function renderCandidate(row: AuditRow, n: number, count: number, context: CandidateContext): Markup {
  const { decisions, auditor, isVeiled, focus, policy } = context
  const isFocus = row.rowId === focus
  const about = decisions.about(row.contentDigest)
  const lastWithdrawal = about.findLastIndex(({ by, action }) => by === auditor && action === 'withdraw')
  const canWithdraw = about.slice(lastWithdrawal + 1).some(({ by }) => by === auditor)
  const text = (title: string, words: string, part: string): Markup =>
    renderTextBlock({ title, text: words, address: textAddress(row.rowId, part), isVeiled })
  return markup`<article class="candidate ${row.status}" id="row-${row.rowId}" tabindex="-1" data-candidate="${isFocus ? 'focus' : ''}" aria-label="Candidate ${n} of ${count}: ${toLine(row.outcome)}">
      <header class="candidate-head">
        <h3>
          <kbd>${n}</kbd> <span class="badge ${row.status}">${toLine(row.outcome, 60)}</span>
          <span class="mode">${nameMode(row.mode)}</span>
        </h3>
        ${renderScores(row, context.thresholds)}
      </header>
      ${renderDetail(row, n, isVeiled)}
      ${renderEvidence(row, isVeiled)} ${renderStanding(decisions.standingOf(row.contentDigest))}
      ${renderDecisionList(about, auditor)} ${renderDecisionForm({ ...context, row, canWithdraw })}
      <div class="candidate-body">
        <div class="reading">
          <h4>${row.mode === null ? 'What the model sent' : 'Answer'}</h4>
          ${text(`the answer of candidate ${n}`, row.answer ?? '', 'answer')}
          ${row.reasoning === null ? '' : renderReasoning(row, text(`the reasoning of candidate ${n}`, row.reasoning, 'reasoning'), policy)}
        </div>
        <div class="judging">
          <h4 class="visually-hidden">Verdicts</h4>
          ${renderPolicyNote(row, policy)} ${renderVerdicts({ row, policy, isVeiled })}
        </div>
      </div>
      ${renderRequests(row)}
      <footer class="facts">
        ${renderRulings(row)}
        <p>
          <code>${toLine(row.candidateId ?? '', 40)}</code> · ${toLine(row.model ?? 'no model', 80)} · text
          <code>${toLine(row.contentDigest ?? 'none', 12)}</code>
        </p>
      </footer>
    </article>`
}

/** Selection says numbers and names; every stage before it may say what a grader said of the text, or the text itself. */
function renderDetail(row: AuditRow, n: number, isVeiled: boolean): Markup {
  if (row.status === 'accepted' || row.detail === '') return markup``
  const address = textAddress(row.rowId, 'detail')
  const block = { title: `why candidate ${n} was rejected`, text: row.detail, address }
  return markup`<div class="detail">${renderTextBlock({ ...block, isVeiled: isVeiled && row.stage !== 'select' })}</div>`
}

function renderScores(row: AuditRow, thresholds: Thresholds): Markup {
  const { safety, helpfulness, reasoningQuality, reward, voteSpread, severity } = row
  const isReward = thresholds.rule === 'reward'
  const scores: readonly (readonly [name: string, score: number | null, least: number | null])[] = [
    ['safety', safety, thresholds.minSafety],
    ['helpfulness', helpfulness, isReward ? thresholds.minHelpfulness : null],
    ['reasoning', reasoningQuality, isReward ? thresholds.minReasoning : null],
    ['reward', reward, null],
  ]
  return markup`<dl class="scores">
      ${scores.map(([name, score, least]) => renderScoreOf(name, score, least))}
      ${severity === null || severity === 'none' ? '' : markup`<div class="bad"><dt>severity</dt><dd>${toLine(severity, 40)}</dd></div>`}
      ${voteSpread === null || voteSpread === 0 ? '' : markup`<div class="unsure"><dt>votes apart by</dt><dd>${toScore(voteSpread)}</dd></div>`}
    </dl>`
}

function renderScoreOf(name: string, score: number | null, least: number | null): Markup {
  const state = score === null || least === null ? 'plain' : score < least ? 'bad' : 'good'
  const needs =
    least === null || score === null ? '' : markup` <small>${score < least ? '<' : '≥'} ${toScore(least)}</small>`
  return markup`<div class="${state}"><dt>${name}</dt><dd>${toScore(score)}${needs}</dd></div>`
}

function renderReasoning(row: AuditRow, text: Markup, policy: PolicyBook): Markup {
  const { citedClauses } = row
  return markup`<details class="reasoning">
      <summary>Reasoning <span class="note">cites ${citedClauses.length} ${citedClauses.length === 1 ? 'clause' : 'clauses'}</span> <kbd>o</kbd></summary>
      ${text}
      ${citedClauses.slice(0, mostCited).map((id) => renderClause(id, policy))}
      ${renderMore(citedClauses.length, mostCited, 'clauses')}
    </details>`
}

function renderPolicyNote(row: AuditRow, policy: PolicyBook): Markup {
  return policy.isEdited(row) === true
    ? markup`<p class="edited">Policy edited since: clauses are shown as they are now, not as the judges saw them.</p>`
    : markup``
}

function renderRequests({ rowId, requests }: AuditRow): Markup {
  return markup`<details class="requests" data-load="${requestsAddress(rowId)}">
      <summary>Requests as they were sent <span class="note">${requests.length}</span> <kbd>q</kbd></summary>
      <div data-place=""><p><a href="${requestsAddress(rowId)}">on a page of their own</a></p></div>
    </details>`
}

const mostEvidence = 10

export function renderEvidence(row: AuditRow, isVeiled: boolean): Markup {
  return markup`${row.evidence
    .slice(0, mostEvidence)
    .map(
      (text, n) =>
        markup`<div class="evidence">${renderTextBlock({ title: `evidence ${n + 1}`, text, address: textAddress(row.rowId, 'evidence', n), isVeiled })}</div>`,
    )}
    ${renderMore(row.evidence.length, mostEvidence, 'pieces of evidence')}`
}
