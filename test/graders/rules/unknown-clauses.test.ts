import { expect, test } from 'vitest'
import { unknownClauses as rule } from '../../../pipeline/graders/rules/unknown-clauses.ts'
import { evidenceOf, outcomeOf } from './rule-input.ts'

test.each([
  ['a clause of the spec', 'It is fine [GEN-1].', 'pass'],
  ['a clause with a non-breaking hyphen', 'It is fine [GEN‑1].', 'pass'],
  ['a range', 'It is fine, GEN-1 to GEN-2.', 'pass'],
  ['an unknown number', 'It is fine [GEN-1], [GEN-99].', 'fail'],
  ['an unknown number among none known', 'It is fine [GEN-99].', 'fail'],
  ['no clause', 'It is fine.', 'fail'],
  ['lower case is no id', 'It is fine, gen-1.', 'fail'],
  ['ids of other series', 'COVID-19, SHA-256, ISO-27001, CVE-2024-1234 and AES-128 have no bearing [GEN-1].', 'pass'],
  ['NIST special publications', 'NIST SP-800-53 and SP-800 describe it [GEN-1].', 'pass'],
  ['a part of a longer id', 'XGEN-77 and GEN-77-1 and GEN-77.2 are file names [GEN-1].', 'pass'],
  ['the edge of three digits', 'See GEN-1000 [GEN-1].', 'pass'],
  ['three digits', 'See GEN-100 [GEN-1].', 'fail'],
  ['a clause of another category', 'See CYB-1 [GEN-1].', 'fail'],
])('%s', (_, reasoning, expected) => expect(outcomeOf(rule, { reasoning })).toBe(expected))

test('each unknown id is listed once, ten at most', () => {
  const ids = Array.from({ length: 12 }, (_, index) => `GEN-${index + 20}`)
  expect(evidenceOf(rule, { reasoning: `GEN-20 ${ids.join(' ')}` })).toEqual(ids.slice(0, 10))
})

test('a spec without clause ids has nothing to cite', () => {
  expect(outcomeOf(rule, { reasoning: 'It is fine.', clauseIds: [] })).toBe('pass')
})
