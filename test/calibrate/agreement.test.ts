import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { computeKappa } from '../../pipeline/calibrate/cohens-kappa.ts'
import type { RatedPair } from '../../pipeline/calibrate/count-pairs.ts'
import { measureAgreement } from '../../pipeline/calibrate/measure-agreement.ts'
import { agreementSchema } from '../../pipeline/records/calibration.ts'

const kappaSchema = z.object({ value: z.number(), standardError: z.number(), low: z.number(), high: z.number() })
const column = z.array(z.number().nullable())
const referenceSchema = z.object({
  name: z.string(),
  table: z.array(z.array(z.number())),
  accuracy: z.number(),
  precision: column,
  recall: column,
  f1: column,
  kappas: z.object({ none: kappaSchema, linear: kappaSchema, quadratic: kappaSchema }),
})
const references = z
  .array(referenceSchema)
  .parse(JSON.parse(await readFile(join(import.meta.dirname, 'reference-agreement.json'), 'utf8')))

function toPairs(table: readonly (readonly number[])[]): readonly RatedPair[] {
  return table.flatMap((row, first) =>
    row.flatMap((count, second) => Array.from({ length: count }, () => ({ first: `${first}`, second: `${second}` }))),
  )
}

function scaleOf(length: number): { readonly classes: readonly string[]; readonly isOrdered: boolean } {
  return { classes: Array.from({ length }, (_, n) => `${n}`), isOrdered: true }
}

describe('agreement is what statsmodels and scikit-learn say', () => {
  test.each(references)('of $name', ({ table, accuracy, precision, recall, f1, kappas }) => {
    const agreement = measureAgreement(toPairs(table), scaleOf(table.length))
    const ours = [agreement.kappa, agreement.weighted?.linear, agreement.weighted?.quadratic]
    for (const [n, reference] of [kappas.none, kappas.linear, kappas.quadratic].entries()) {
      const kappa = kappaSchema.parse(ours[n])
      expect(kappa.value).toBeCloseTo(reference.value, 12)
      expect(kappa.standardError).toBeCloseTo(reference.standardError, 12)
      // Theirs may pass the bounds of kappa.
      expect(kappa.low).toBeCloseTo(Math.max(-1, reference.low), 12)
      expect(kappa.high).toBeCloseTo(Math.min(1, reference.high), 12)
    }
    expect(agreement.accuracy.value).toBeCloseTo(accuracy, 12)
    for (const [name, values] of Object.entries({ precision, recall, f1 })) {
      for (const [n, value] of values.entries()) {
        const figure = z.record(z.string(), z.unknown()).parse(agreement.perClass[n])[name]
        const found = z.object({ value: z.number().nullable() }).parse(figure).value
        if (value === null) expect(found).toBeNull()
        else expect(found).toBeCloseTo(value, 12)
      }
    }
  })
})

test('an ungraded example counts in the coverage and in a column of its own, and in no other figure', () => {
  const pairs = toPairs([
    [8, 2],
    [1, 9],
  ])
  const [without, with_] = [pairs, [...pairs, { first: '1', second: null }, { first: '1', second: null }]].map((all) =>
    measureAgreement(all, { classes: ['0', '1'], isOrdered: false }),
  )
  expect(with_).toEqual({ ...without, examples: 22, ungraded: [0, 2], coverage: { value: 20 / 22 } })
})

test('a grader that always says the same agrees no more than chance', () => {
  const pairs = ['0', '1', '1'].map((first) => ({ first, second: '1' }))
  expect(measureAgreement(pairs, scaleOf(2)).kappa).toMatchObject({ value: 0 })
})

describe('a figure that cannot be computed is null and says why:', () => {
  const scale = { classes: ['no', 'yes'], isOrdered: true }

  test('no example at all', () => {
    const { coverage, accuracy, kappa, weighted, perClass } = measureAgreement([], scale)
    expect(coverage).toEqual({ value: null, reason: 'there is no example' })
    expect(accuracy).toEqual({ value: null, reason: 'no example was graded' })
    expect([kappa, weighted?.quadratic]).toEqual([accuracy, accuracy])
    expect(perClass.map(({ f1 }) => f1.value)).toEqual([null, null])
  })

  test('every example ungraded', () => {
    const { coverage, kappa, ungraded } = measureAgreement([{ first: 'yes', second: null }], scale)
    expect([coverage, kappa.value, ungraded]).toEqual([{ value: 0 }, null, [0, 1]])
  })

  test('one class for the first rater, where kappa is 0 whatever the second says', () => {
    const pairs = ['yes', 'no'].map((second) => ({ first: 'yes', second }))
    const { accuracy, kappa, weighted } = measureAgreement(pairs, scale)
    expect(accuracy).toEqual({ value: 0.5 })
    expect(kappa).toMatchObject({ value: null, reason: expect.stringContaining('one class only') })
    expect(weighted).toEqual({ linear: kappa, quadratic: kappa })
  })

  test('one class for both raters, where agreement by chance is certain', () => {
    expect(
      computeKappa([
        [3, 0],
        [0, 0],
      ]),
    ).toMatchObject({ value: null, reason: expect.stringContaining('certain') })
  })

  test('a scale of one class', () => {
    expect(computeKappa([[3]])).toEqual({ value: null, reason: 'there is only one class' })
  })
})

test('a class that the scale lacks is a defect', () => {
  expect(() => measureAgreement([{ first: 'maybe', second: 'yes' }], scaleOf(2))).toThrow('no class maybe')
})

test('whatever the counts: no NaN, kappa within -1 and 1 and inside its interval, the same with raters exchanged', () => {
  const table = fc
    .integer({ min: 1, max: 5 })
    .chain((size) =>
      fc.array(fc.array(fc.nat(30), { minLength: size, maxLength: size }), { minLength: size, maxLength: size }),
    )
  fc.assert(
    fc.property(table, (counts) => {
      const agreement = measureAgreement(toPairs(counts), scaleOf(counts.length))
      // The schema takes no NaN and no infinity.
      agreementSchema.parse(agreement)
      for (const weights of ['none', 'linear', 'quadratic'] as const) {
        const kappa = computeKappa(counts, weights)
        const exchanged = computeKappa(
          counts.map((_, n) => counts.map((row) => row[n] ?? 0)),
          weights,
        )
        if (kappa.value === null || exchanged.value === null) {
          expect(exchanged.value).toBe(kappa.value)
          continue
        }
        expect(exchanged.value).toBeCloseTo(kappa.value, 10)
        expect(kappa.low).toBeGreaterThanOrEqual(-1)
        expect(kappa.low).toBeLessThanOrEqual(kappa.value + 1e-12)
        expect(kappa.high).toBeGreaterThanOrEqual(kappa.value - 1e-12)
        expect(kappa.high).toBeLessThanOrEqual(1)
      }
    }),
  )
})
