import type { StoredAnswer } from '../../answers/answer-store.ts'
import { markup, type Markup } from '../../display/html.ts'
import type { Message } from '../../records/message.ts'
import type { AuditRow } from '../audit-row.ts'
import { requestTextAddress } from './addresses.ts'
import { renderShell, type Place } from './shell.ts'
import { renderTextBlock, toLine } from './text-block.ts'
import { renderMore } from './verdicts.ts'

export type RequestsPage = {
  readonly place: Place
  readonly row: AuditRow
  /** In the order of the row; null for a request that the store has no answer to. */
  readonly requests: readonly { readonly digest: string; readonly stored: StoredAnswer | null }[]
  /** The policy of the row's category as it is now; null where it is not known. */
  readonly policyText: string | null
  readonly isVeiled: boolean
}

/** Of a forged row; a real one has its votes and repairs. */
export const mostRequests = 60

/** The requests behind a row as they were sent; a page of its own, of which the sample's page takes the main part. */
export function renderRequestsPage({ place, row, requests, policyText, isVeiled }: RequestsPage): string {
  const main = markup`<main class="requests-page">
      <h2 class="visually-hidden">Requests behind ${toLine(row.candidateId ?? row.outcome, 60)}</h2>
      ${requests.map(({ digest, stored }) =>
        stored === null
          ? markup`<p class="note">The store has no answer to request <code>${toLine(digest, 64)}</code>: it was made with another store, or its answer was dropped.</p>`
          : renderRequest(digest, stored, policyText, isVeiled),
      )}
      ${requests.length === 0 ? markup`<p class="note">This row rests on no request.</p>` : ''}
      ${renderMore(row.requests.length, mostRequests, 'requests')}
    </main>`
  return renderShell({ place, title: 'Requests as they were sent', main })
}

function renderRequest(digest: string, stored: StoredAnswer, policyText: string | null, isVeiled: boolean): Markup {
  const { request, answer, step, createdAt, latencyMs } = stored
  const tokens =
    answer.usage === null ? 'tokens unknown' : `${answer.usage.promptTokens} in, ${answer.usage.completionTokens} out`
  const reply = (['reasoning', 'text', 'refusal'] as const).filter((part) => answer[part] !== '')
  return markup`<details class="request">
      <summary><b>${toLine(step, 60)}</b> <span class="note">repeat ${request.repeat} · ${toLine(answer.finish, 40)} · ${tokens} · ${Math.round(latencyMs)} ms</span></summary>
      <p class="facts">
        ${toLine(request.model, 80)} at ${toLine(request.endpoint, 120)} · ${toLine(createdAt, 40)} · ${toLine(JSON.stringify(request.parameters), 300)}
        ${request.schema === null ? '' : `· reply in the form ${toLine(request.schema.name, 60)}`} · <code>${toLine(digest, 64)}</code>
      </p>
      ${request.messages.map((message, n) => renderMessage(digest, message, n, policyText, isVeiled))}
      <p class="role">reply</p>
      ${reply.map(
        (part) =>
          markup`<div class="reply">${part === 'text' ? '' : markup`<p class="role">${part}</p>`}${renderTextBlock({ title: `the reply of ${step.slice(0, 60)}`, text: answer[part], address: requestTextAddress(digest, part), isVeiled })}</div>`,
      )}
    </details>`
}

/** A system message is folded, and the policy in it once more: thousands of requests share both. */
function renderMessage(
  digest: string,
  { role, content }: Message,
  n: number,
  policyText: string | null,
  isVeiled: boolean,
): Markup {
  const address = requestTextAddress(digest, 'messages', n)
  const start = policyText === null ? -1 : content.indexOf(policyText)
  const parts: readonly (readonly ['text' | 'policy', string])[] =
    policyText === null || start === -1
      ? [['text', content]]
      : [
          ['text', content.slice(0, start)],
          ['policy', policyText],
          ['text', content.slice(start + policyText.length)],
        ]
  const isOwn = role === 'system'
  const blocks = parts
    .filter(([, text]) => text.trim() !== '')
    .map(([kind, text]) =>
      kind === 'policy'
        ? markup`<details class="policy"><summary>policy <span class="note">${text.length.toLocaleString('en')} characters</span></summary>${renderTextBlock({ title: 'the policy', text, address, isVeiled: false })}</details>`
        : renderTextBlock({ title: `the ${role} message`, text, address, isVeiled: isVeiled && !isOwn }),
    )
  if (!isOwn) return markup`<p class="role">${role}</p>${blocks}`
  return markup`<details class="system"><summary>system <span class="note">${content.length.toLocaleString('en')} characters</span></summary>${blocks}</details>`
}
