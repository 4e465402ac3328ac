import type { StoredAnswer } from '../answers/answer-store.ts'
import type { AuditRow } from './audit-row.ts'

/** The text of a row that an address of views/addresses.ts names; null when there is none. */
export function readRowText(row: AuditRow, part: string): string | null {
  const [name = '', n = '', field = '', m = ''] = part.split('.')
  switch (name) {
    case 'answer':
      return row.answer
    case 'reasoning':
      return row.reasoning
    case 'detail':
      return row.detail
    case 'messages':
      return row.messages[Number(n)]?.content ?? null
    case 'evidence':
      return row.evidence[Number(n)] ?? null
    case 'verdicts':
      return readVerdictText(row, Number(n), field, Number(m))
    default:
      return null
  }
}

function readVerdictText(row: AuditRow, n: number, field: string, m: number): string | null {
  const verdict = row.verdicts[n]
  if (verdict === undefined) return null
  if (verdict.status === 'ungraded') return field === 'detail' ? verdict.detail : null
  if (field === 'rationale') return verdict.rationale
  return field === 'evidence' ? (verdict.evidence[m] ?? null) : null
}

/** The same of a stored request. */
export function readRequestText({ request, answer }: StoredAnswer, part: string): string | null {
  const [name = '', n = ''] = part.split('.')
  switch (name) {
    case 'messages':
      return request.messages[Number(n)]?.content ?? null
    case 'text':
    case 'reasoning':
    case 'refusal':
      return answer[name]
    default:
      return null
  }
}
