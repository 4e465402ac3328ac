import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Rejection } from '../../pipeline/records/rejection.ts'
import type { Sample } from '../../pipeline/records/sample.ts'
import { responseModes } from '../../pipeline/records/response-mode.ts'
import { findLengthBin, findScoreBin, lengthEdges, scoreEdges } from '../../pipeline/report/bins.ts'
import { createRowTally } from '../../pipeline/report/tally-rows.ts'
import { candidateId, makeSample, rejectSample } from '../diff/row-makers.ts'

const graders = {
  rules: ['format'],
  panel: [
    { grader: 'safety', votes: 1 },
    { grader: 'helpfulness', votes: 1 },
  ],
}

describe('bins', () => {
  test('a score that reaches a threshold in thirtieths is never in a bin with one that misses it', () => {
    const thresholds = fc.integer({ min: 1, max: 30 }).map((n) => n / 30)
    fc.assert(
      fc.property(thresholds, fc.double({ min: 0, max: 1, noNaN: true }), (threshold, score) => {
        const isClose = Math.abs(score - threshold) < 1e-6
        expect(isClose || score >= threshold === findScoreBin(score) >= findScoreBin(threshold)).toBe(true)
      }),
    )
  })

  test.each([1 / 3, 2 / 3, 0.1, 0.3, 0.7, 1])('%d begins a bin', (score) => {
    expect(scoreEdges[findScoreBin(score)]).toBeCloseTo(score, 12)
  })

  test('a score just below 1 is not in the bin of 1', () => {
    expect(findScoreBin(0.9999)).toBe(findScoreBin(1) - 1)
  })

  test('every length has the bin whose edges it lies between', () => {
    fc.assert(
      fc.property(fc.nat(300_000), (length) => {
        const bin = findLengthBin(length)
        expect(lengthEdges[bin]).toBeLessThanOrEqual(length)
        expect(lengthEdges[bin + 1] ?? Infinity).toBeGreaterThan(length)
      }),
    )
  })
})

const score = fc.double({ min: 0, max: 1, noNaN: true })
const row = fc.record({
  n: fc.nat(1_000_000),
  isAccepted: fc.boolean(),
  mode: fc.constantFrom(...responseModes),
  intent: fc.constantFrom('benign' as const, 'dual_use' as const, 'malicious' as const),
  safety: score,
  helpfulness: fc.option(score),
  answer: fc.string({ maxLength: 40 }),
})

function tally(rows: readonly (Sample | Rejection)[]) {
  const counts = createRowTally(graders)
  for (const one of rows) {
    if ('stage' in one) counts.addRejection(one)
    else counts.addSample(one)
  }
  return counts.read()
}

test('the order in which rows come changes no digit', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (rows, keys) => {
      const made = rows.map(({ n, isAccepted, ...changes }, at) => {
        const sample = makeSample(n, { ...changes, id: candidateId(`${n} ${at}`) })
        return isAccepted ? sample : rejectSample(sample, 'outranked')
      })
      const shuffled = made
        .map((one) => ({ one, key: keys.next().value ?? 0 }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ one }) => one)
      expect(JSON.stringify(tally(shuffled))).toBe(JSON.stringify(tally(made)))
    }),
    { numRuns: 30 },
  )
})

test('every candidate is in its intent, in its category and, where it has the score, in one bin', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
      const made = rows.map(({ isAccepted, n, ...changes }) =>
        isAccepted ? makeSample(n, changes) : rejectSample(makeSample(n, changes), 'unhelpful'),
      )
      const facts = tally(made)
      const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
      for (const cells of [facts.byIntent, facts.byCategory]) {
        expect(sum(Object.values(cells).map((cell) => cell.candidates))).toBe(rows.length)
      }
      const { accepted, notChosen, failed } = facts.scores.helpfulness
      const scored = rows.filter((one) => one.helpfulness !== null).length
      expect(sum([accepted, notChosen, failed].map(({ count }) => count))).toBe(scored)
      expect(sum([accepted, notChosen, failed].flatMap(({ bins }) => bins))).toBe(scored)
    }),
    { numRuns: 30 },
  )
})

test('a candidate that a sibling outranked did not fail', () => {
  const { scores } = tally([rejectSample(makeSample(1), 'outranked'), rejectSample(makeSample(2), 'unsafe')])
  expect([scores.safety.notChosen.count, scores.safety.failed.count]).toEqual([1, 1])
})

test('of many answers the same 2,000 are read, whatever the order', () => {
  const made = Array.from({ length: 5000 }, (_, n) =>
    makeSample(n, { answer: n % 3 === 0 ? "I can't help with that." : 'Take the blue one and turn it to the left.' }),
  )
  const { readAs } = tally(made)
  const count = Object.values(readAs).flatMap((one) => Object.values(one))
  expect(count.reduce((all, one) => all + one, 0)).toBe(2000)
  expect(tally(made.toReversed()).readAs).toEqual(readAs)
})
