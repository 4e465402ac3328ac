import { codesOf, stateOf, type PromptPair } from './outcome.ts'
import type { AcceptedRow } from './read-row.ts'

/** What differs between two rows of one prompt; the first that does names the change. */
export const changedParts = ['mode', 'answer', 'reasoning', 'scores', 'labels', 'provenance'] as const
export type ChangedPart = (typeof changedParts)[number]

/** `unaccepted`: a row in neither build. */
export type Change =
  | { readonly kind: 'added' | 'removed' | 'unchanged' }
  | { readonly kind: 'changed'; readonly what: ChangedPart }
  | { readonly kind: 'unaccepted'; readonly isSame: boolean }

const scoreFields = [
  'reward',
  'safety',
  'severity',
  'helpfulness',
  'directHelpfulness',
  'indirectHelpfulness',
  'reasoningQuality',
] as const
const labelFields = ['category', 'intent', 'language', 'family', 'split'] as const
const provenanceFields = [
  'candidateId',
  'specDigest',
  'certifiedSpecDigest',
  'templateDigest',
  'model',
  'verdictsDigest',
  'decisionsDigest',
  'requestsDigest',
  'source',
  'location',
] as const

export function comparePrompt({ a, b }: Pick<PromptPair, 'a' | 'b'>): Change {
  if (a.status === 'accepted' && b.status === 'accepted') {
    const what = findChangedPart(a.row, b.row)
    return what === null ? { kind: 'unchanged' } : { kind: 'changed', what }
  }
  if (b.status === 'accepted') return { kind: 'added' }
  if (a.status === 'accepted') return { kind: 'removed' }
  return { kind: 'unaccepted', isSame: stateOf(a) === stateOf(b) && codesOf(a).join() === codesOf(b).join() }
}

function findChangedPart(a: AcceptedRow, b: AcceptedRow): ChangedPart | null {
  if (a.mode !== b.mode) return 'mode'
  if (a.answer !== b.answer) return 'answer'
  if (a.reasoning !== b.reasoning) return 'reasoning'
  if (!hasSameScores(a, b)) return 'scores'
  if (labelFields.some((field) => a[field] !== b[field])) return 'labels'
  if (provenanceFields.some((field) => a[field] !== b[field])) return 'provenance'
  return a.citedClauses.join() === b.citedClauses.join() ? null : 'provenance'
}

export function hasSameScores(a: AcceptedRow, b: AcceptedRow): boolean {
  return scoreFields.every((field) => a[field] === b[field])
}
