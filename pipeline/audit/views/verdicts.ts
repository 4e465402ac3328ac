import { markup, type Markup } from '../../display/html.ts'
import type { GradedVerdict, Verdict } from '../../records/verdict.ts'
import type { AuditRow } from '../audit-row.ts'
import type { PolicyBook } from '../policy-book.ts'
import { textAddress } from './addresses.ts'
import { renderTextBlock, toLine, toScore } from './text-block.ts'

/** Bounds for lists that a forged build may fill; real ones are far below. */
const mostVerdicts = 40
const mostEvidence = 20
const mostClauses = 20
const mostNumbers = 20

export type VerdictContext = { readonly row: AuditRow; readonly policy: PolicyBook; readonly isVeiled: boolean }

export function renderVerdicts(context: VerdictContext): Markup {
  const { verdicts } = context.row
  if (verdicts.length === 0) return markup`<p class="note">No grader was asked, and no rule failed.</p>`
  return markup`${verdicts.slice(0, mostVerdicts).map((verdict, n) => renderVerdict(context, verdict, n))}
    ${renderMore(verdicts.length, mostVerdicts, 'verdicts')}`
}

function renderVerdict(context: VerdictContext, verdict: Verdict, n: number): Markup {
  const { row, policy, isVeiled } = context
  const state = verdict.status === 'ungraded' ? 'unsure' : row.failedGraders.includes(verdict.grader) ? 'bad' : 'good'
  const grader = toLine(verdict.grader, 60)
  const head = markup`<h4>
      <span class="grader">${grader}</span> ${renderMark(verdict, state)}
      <span class="kind">${verdict.kind} v${verdict.version}</span>
    </h4>`
  if (verdict.status === 'ungraded') {
    return markup`<section class="verdict ${state}">
      ${head}
      <p>It could not be graded (${verdict.reason.replaceAll('_', ' ')}), which is neither a pass nor a low score.</p>
      ${renderTextBlock({ title: `the reason of ${grader}`, text: verdict.detail, address: textAddress(row.rowId, 'verdicts', n, 'detail'), isVeiled })}
    </section>`
  }
  return markup`<section class="verdict ${state}">
      ${head} ${renderNumbers(verdict)}
      ${renderTextBlock({ title: `the rationale of ${grader}`, text: verdict.rationale, address: textAddress(row.rowId, 'verdicts', n, 'rationale'), isVeiled })}
      ${verdict.clauses.slice(0, mostClauses).map((id) => renderClause(id, policy))}
      ${renderMore(verdict.clauses.length, mostClauses, 'clauses')}
      ${renderEvidence(context, verdict, n)}
    </section>`
}

const marks = { good: '✓', bad: '✗', unsure: '?' } as const

function renderMark(verdict: Verdict, state: keyof typeof marks): Markup {
  const main = verdict.status === 'graded' ? mainScore(verdict) : null
  const word =
    verdict.status === 'ungraded' ? 'ungraded' : verdict.outcome === 'scored' ? toScore(main) : verdict.outcome
  return markup`<span class="mark ${state}"><span aria-hidden="true">${marks[state]}</span> ${word}</span>`
}

/** A judge's main score is the lowest of its votes. */
function mainScore({ votes, scores }: GradedVerdict): number | null {
  return votes.length > 0 ? Math.min(...votes.slice(0, mostNumbers)) : (Object.values(scores)[0] ?? null)
}

/** Each vote, or what a rule found: folded, as the rationale says the same in short. */
function renderEvidence({ row, isVeiled }: VerdictContext, { evidence, grader }: GradedVerdict, n: number): Markup {
  if (evidence.length === 0) return markup``
  const blocks = evidence.slice(0, mostEvidence).map((text, m) => {
    const title = `evidence ${m + 1} of ${toLine(grader, 60)}`
    const address = textAddress(row.rowId, 'verdicts', n, 'evidence', m)
    return markup`<div class="evidence">${renderTextBlock({ title, text, address, isVeiled })}</div>`
  })
  return markup`<details class="more">
      <summary>Evidence <span class="note">${evidence.length}</span></summary>
      ${blocks} ${renderMore(evidence.length, mostEvidence, 'pieces of evidence')}
    </details>`
}

function renderNumbers({ grader, scores, labels, votes }: GradedVerdict): Markup {
  const parts = [
    ...(votes.length > 1 ? [`votes ${votes.slice(0, mostNumbers).map(toNumber).join(', ')}`] : []),
    ...Object.entries(scores)
      .filter(([name]) => name !== grader)
      .map(([name, score]) => `${toLine(name, 40)} ${toNumber(score)}`),
    ...Object.entries(labels).map(([name, label]) => `${toLine(name, 40)} ${toLine(label, 80)}`),
  ]
  const words = parts.slice(0, mostNumbers).join(' · ').replaceAll('_', ' ')
  return parts.length === 0 ? markup`` : markup`<p class="numbers">${words}</p>`
}

/** A share in two digits, a mark of 1 to 4 as it is. */
function toNumber(score: number): string {
  return Number.isInteger(score) ? String(score) : score.toFixed(2)
}

/** The clause as the policy has it now. */
export function renderClause(id: string, policy: PolicyBook): Markup {
  const clause = policy.findClause(id)
  if (clause === null) {
    const why = policy.isOpen ? 'no such clause in the policy now' : 'the policy set is not to be found'
    return markup`<p class="clause"><b>${toLine(id, 60)}</b> <span class="note">${why}</span></p>`
  }
  return markup`<p class="clause">
      <b>${clause.id}</b> <span class="group">${clause.group}</span> ${clause.text}
    </p>`
}

export function renderMore(length: number, most: number, what: string): Markup {
  return length <= most ? markup`` : markup`<p class="note">${length - most} more ${what} are not shown</p>`
}
