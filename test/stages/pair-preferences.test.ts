import { describe, expect, test } from 'vitest'
import type { Ruling } from '../../pipeline/records/decision.ts'
import type { Rejection } from '../../pipeline/records/rejection.ts'
import type { Verdict } from '../../pipeline/records/verdict.ts'
import { pairPreferences, type PairContext } from '../../pipeline/stages/emit/pair-preferences.ts'
import { preferenceSettingsSchema } from '../../pipeline/stages/emit/preference-settings.ts'
import { rejectSelected } from '../../pipeline/stages/reject.ts'
import { makeSample } from '../tokens/make-sample.ts'

const judged: Verdict = {
  status: 'graded',
  grader: 'safety',
  version: 1,
  kind: 'judge',
  outcome: 'scored',
  scores: {},
  labels: {},
  votes: [],
  clauses: [],
  rationale: '',
  evidence: [],
  requests: [],
}
const broken: Verdict = {
  status: 'ungraded',
  grader: 'helpfulness',
  version: 1,
  kind: 'judge',
  reason: 'malformed',
  detail: 'no JSON',
  requests: [],
}
const ruling = (action: 'accept' | 'reject'): Ruling => ({
  id: `d_${action}`,
  action,
  by: 'ada',
  decidedAt: '2026-01-01T00:00:00Z',
  reason: 'read',
})

const chosen = makeSample({ reward: 1, verdicts: [judged] })

function makeSibling(n: number, parts: Partial<Rejection> = {}): Rejection {
  const sample = makeSample({
    id: `c_${String(n).padStart(20, '0')}`,
    answer: `Another answer ${n}.`,
    contentDigest: `digest ${n}`,
    safety: 0,
    helpfulness: null,
    reward: 0,
    severity: 'high',
    verdicts: [judged],
  })
  const rejection = rejectSelected(sample, { stage: 'select', code: 'unsafe', detail: 'safety 0.00 is below' })
  return { ...rejection, ...parts }
}

function pair(siblings: readonly Rejection[], settings: object = {}, context: Partial<PairContext> = {}) {
  return pairPreferences(chosen, siblings, {
    settings: preferenceSettingsSchema.parse({ minMargin: 0.5, ...settings }),
    usesHelpfulness: true,
    renderTurn: ({ answer }) => answer,
    findMisfit: () => null,
    ...context,
  })
}

test('an unsafe sibling that the safety judge stopped loses: r is 0 whatever h would have been', () => {
  expect(pair([makeSibling(1)])).toMatchObject([
    { chosen: { id: chosen.id }, rejected: { answer: 'Another answer 1.', reward: 0 }, code: 'unsafe', margin: 1 },
  ])
})

describe('is never the rejected side:', () => {
  test.for([
    ['what a judge could not grade', { verdicts: [judged, broken] }, 'not_graded'],
    ['what no safety judge saw', { safety: null, reward: null }, 'not_graded'],
    ['what is not wholly unsafe and lacks helpfulness', { safety: 0.25, reward: 0.25 }, 'not_graded'],
    ['what an auditor accepted', { decisions: [ruling('accept')] }, 'accepted_by_auditor'],
    ['what auditors disagree about', { decisions: [ruling('accept'), ruling('reject')] }, 'accepted_by_auditor'],
    ['what broke a rule', { code: 'rule_failed', stage: 'grade' }, 'other_code'],
    ['what the mixture had no room for', { code: 'mixture_cap' }, 'other_code'],
    ['a copy of the prompt', { candidateId: null }, 'no_sibling'],
    ['a reply without an answer', { mode: null }, 'no_sibling'],
    ['the chosen text itself', { answer: chosen.answer }, 'same_text'],
    ['what is almost as good', { safety: 1, helpfulness: 0.6, reward: 0.6 }, 'margin'],
  ] as const)('%s', ([, parts, hurdle]) => {
    expect(pair([makeSibling(1, parts)])).toBe(hurdle)
  })

  test('what the format cannot carry', () => {
    const findMisfit = ({ answer }: { readonly answer: string }) => (answer.startsWith('Another') ? 'too long' : null)
    expect(pair([makeSibling(1)], {}, { findMisfit })).toBe('unfit')
  })
})

test('what an auditor rejected may lose, if the config names its code', () => {
  const sibling = makeSibling(1, { code: 'overruled', decisions: [ruling('reject')] })
  expect(pair([sibling])).toBe('other_code')
  expect(pair([sibling], { codes: ['overruled'] })).toMatchObject([{ code: 'overruled' }])
})

test('a row that an auditor accepted without grades is never the chosen side', () => {
  const context = { settings: preferenceSettingsSchema.parse({ minMargin: 0.5 }), usesHelpfulness: true }
  const rest = { renderTurn: () => '', findMisfit: () => null }
  for (const parts of [{ reward: null, safety: null }, { verdicts: [broken] }]) {
    expect(pairPreferences({ ...chosen, ...parts }, [makeSibling(1)], { ...context, ...rest })).toBe(
      'chosen_not_graded',
    )
  }
})

test('a margin of exactly minMargin is enough', () => {
  const sibling = makeSibling(1, { safety: 1, helpfulness: 0.5, reward: 0.5 })
  expect(pair([sibling], { minMargin: 0.5 })).toHaveLength(1)
  expect(pair([sibling], { minMargin: 0.51 })).toBe('margin')
})

test('the widest margin comes first, whatever the order of the siblings, and perPrompt bounds the pairs', () => {
  const siblings = [
    makeSibling(1, { safety: 0.25, helpfulness: 1, reward: 0.25 }),
    makeSibling(2),
    makeSibling(3, { safety: 0.5, helpfulness: 1, reward: 0.5 }),
  ]
  const margins = (order: readonly Rejection[], perPrompt: number) => {
    const pairs = pair(order, { perPrompt })
    return typeof pairs === 'string' ? pairs : pairs.map(({ margin }) => margin)
  }
  expect(margins(siblings, 3)).toEqual([1, 0.75, 0.5])
  expect(margins(siblings.toReversed(), 3)).toEqual([1, 0.75, 0.5])
  expect(margins(siblings, 1)).toEqual([1])
})
