import { expect, test } from 'vitest'
import { copiesSpec as rule, maxRunWords } from '../../../pipeline/graders/rules/copies-spec.ts'
import { evidenceOf, outcomeOf } from './rule-input.ts'

const words = (stem: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `${stem}${index}`).join(' ')
const specText = `- **GEN-1** ${words('rule', 30)}.\n- **GEN-2** ${words('clause', 30)}; ${words('tail', 60)}.`
const own = words('thought', 400)

test('a run of 39 words of the spec passes and one of 40 fails', () => {
  const run = specText.match(/\w+/gu) ?? []
  expect(outcomeOf(rule, { specText, reasoning: `${own} ${run.slice(2, 2 + maxRunWords - 1).join(' ')} ${own}` })).toBe(
    'pass',
  )
  expect(outcomeOf(rule, { specText, reasoning: `${own} ${run.slice(2, 2 + maxRunWords).join(' ')} ${own}` })).toBe(
    'fail',
  )
})

test('a quoted clause of 30 words in a longer reasoning is a citation', () => {
  expect(outcomeOf(rule, { specText, reasoning: `GEN-1: "${words('rule', 30)}" ${words('so', 40)}` })).toBe('pass')
})

test('a reasoning that is half recital fails, one with a word more of its own passes', () => {
  expect(outcomeOf(rule, { specText, reasoning: `${words('rule', 30)} ${words('so', 30)}` })).toBe('fail')
  expect(outcomeOf(rule, { specText, reasoning: `${words('rule', 30)} ${words('so', 31)}` })).toBe('pass')
})

test('an excerpt of 24 words passes even in a short reasoning, one of 25 fails', () => {
  expect(outcomeOf(rule, { specText, reasoning: `So: ${words('rule', 24)}` })).toBe('pass')
  expect(outcomeOf(rule, { specText, reasoning: `So: ${words('rule', 25)}` })).toBe('fail')
})

test('case, punctuation and line breaks do not hide a copy', () => {
  const copy = words('tail', 45).toUpperCase().replaceAll(' ', ',\n')
  expect(outcomeOf(rule, { specText, reasoning: `${own} ${copy}` })).toBe('fail')
})

test('the same words in another order are no copy', () => {
  const shuffled = words('tail', 60).split(' ').toReversed().join(' ')
  expect(outcomeOf(rule, { specText, reasoning: shuffled })).toBe('pass')
})

test('scripts without spaces are compared by character', () => {
  const chinese = Array.from({ length: 60 }, (_, index) => String.fromCodePoint(0x4e00 + index * 7)).join('')
  expect(outcomeOf(rule, { specText: `规则：${chinese}`, reasoning: chinese })).toBe('fail')
  expect(outcomeOf(rule, { specText: `规则：${chinese}`, reasoning: chinese.slice(0, 20) })).toBe('pass')
})

test('the evidence shows the longest run', () => {
  expect(evidenceOf(rule, { specText, reasoning: `${own} ${words('tail', 50)}` })[0]).toMatch(/^tail0 tail1 /)
})

test('two specs with different texts do not share an index', () => {
  expect(outcomeOf(rule, { specText: words('other', 60), reasoning: words('tail', 50) })).toBe('pass')
  expect(outcomeOf(rule, { specText, reasoning: words('tail', 50) })).toBe('fail')
})
