import { expect, test } from 'vitest'
import type { LabelledExample } from '../../pipeline/calibrate/label-examples.ts'
import { rankDisagreements, type GradedExample } from '../../pipeline/calibrate/rank-disagreements.ts'

const ordered = { classes: ['low', 'middle', 'high'], isOrdered: true }

function make(
  human: string,
  label: string,
  confidence: number | null = null,
  name = `${human}-${label}`,
): GradedExample {
  const example: LabelledExample = {
    id: name,
    location: name,
    messages: [{ role: 'user', content: 'How?' }],
    answer: 'So.',
    word: human,
    human,
    reasoning: null,
    category: null,
    intent: null,
    mode: null,
    language: null,
    slices: {},
  }
  return { example, grade: { status: 'graded', label, rationale: '', evidence: [], confidence } }
}

const locations = (graded: readonly GradedExample[], limit = 10): readonly string[] =>
  rankDisagreements(graded, ordered, limit).map(({ location }) => location)

test('the farthest apart come first, then those of which the grader was surest', () => {
  const graded = [
    make('low', 'middle', 1, 'near'),
    make('low', 'high', 0.5, 'far, unsure'),
    make('high', 'low', 1, 'far, sure'),
    make('high', 'high'),
  ]
  expect(locations(graded)).toEqual(['far, sure', 'far, unsure', 'near'])
  expect(locations(graded, 1)).toEqual(['far, sure'])
})

test('kinds of disagreement take turns, the most frequent first', () => {
  const graded = [1, 2, 3].map((n) => make('low', 'middle', null, `common ${n}`))
  const rare = make('middle', 'high', null, 'rare')
  expect(locations([rare, ...graded])).toEqual(['common 1', 'rare', 'common 2', 'common 3'])
})

test('what is ungraded is no disagreement; in classes without order all are equally far', () => {
  const ungraded: GradedExample = {
    ...make('low', 'high'),
    grade: { status: 'ungraded', reason: 'malformed', detail: '' },
  }
  const ranked = rankDisagreements([ungraded, make('low', 'high')], { ...ordered, isOrdered: false }, 10)
  expect(ranked.map(({ distance }) => distance)).toEqual([1])
})

test('long texts are cut between characters', () => {
  const { example, grade } = make('low', 'high')
  const [cut] = rankDisagreements([{ example: { ...example, answer: `a${'😀'.repeat(2000)}` }, grade }], ordered, 1)
  expect(cut?.answer.length).toBeLessThan(2010)
  expect(cut?.answer.isWellFormed()).toBe(true)
})
