import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toShares } from '../../pipeline/gates/mixture-gate.ts'
import { measureTotalVariation } from '../../pipeline/gates/total-variation.ts'
import { makeSample, makeVerdicts, rejectSample, stopPrompt, ungraded } from '../diff/row-makers.ts'
import { judgeRows } from './judge-rows.ts'

const accepted = (n: number, changes = {}) => makeSample(n, changes)
const rejected = (n: number, changes = {}) => rejectSample(makeSample(n, changes), 'unsafe')
test('without any gate in the config a build of one row passes, and the gates that are off say so', async () => {
  const { failures, of } = await judgeRows({ gates: {}, samples: [accepted(1)] })
  expect(failures).toEqual([])
  expect(of('acceptance')).toMatchObject({ status: 'off', limit: null, measured: null })
  expect(of('grading_coverage').status).toBe('passed')
})

test('a build without a row never passes', async () => {
  const { failures } = await judgeRows({ gates: {}, rejections: [rejected(1)] })
  expect(failures).toEqual(['no candidate was accepted, so there is no shard to publish'])
})

describe('acceptance', () => {
  // Three prompts are left by the screen: one with a row, one rejected, one that no classifier could label.
  const samples = [accepted(1)]
  const rejections = [
    rejectSample(makeSample(1, { id: 'c_sibling' }), 'outranked'),
    rejected(2),
    stopPrompt(makeSample(3), 'unclassified', 'classify'),
    stopPrompt(makeSample(4), 'exact_duplicate'),
  ]

  test.each([
    ['at the floor', 1 / 3, true],
    ['just above it', 0.34, false],
  ])('counts rows by the prompts that the screen left, those without a label too: %s', async (_, min, passes) => {
    const { of, failures } = await judgeRows({ gates: { acceptance: { min } }, samples, rejections })
    expect(of('acceptance').measured).toEqual({ whole: { part: 1, whole: 3, share: 1 / 3 } })
    expect(failures).toEqual(
      passes ? [] : ['acceptance 0.3333 is below 0.34: 1 of 3 prompts left by the screen have a row'],
    )
  })

  const mixed = {
    samples: [accepted(1), accepted(2), accepted(3, { category: 'fraud' })],
    // A prompt with several candidates is one prompt.
    rejections: [
      rejected(4, { category: 'fraud' }),
      rejected(5, { category: 'fraud' }),
      rejected(5, { category: 'fraud', id: 'c_second' }),
      rejectSample(makeSample(3, { category: 'fraud', id: 'c_third' }), 'outranked'),
      // A copy that the screen dropped was never to get a row.
      stopPrompt(makeSample(6, { category: 'fraud' }), 'near_duplicate'),
    ],
  }
  test('one floor holds for every category that has prompts, and the category is named', async () => {
    const { failures, findings } = await judgeRows({ gates: { acceptance: { minByCategory: 0.5 } }, ...mixed })
    const what = '0.3333 is below 0.5: 1 of 3 graded prompts have a row'
    expect(failures).toEqual([`acceptance in category fraud ${what}`])
    expect(findings).toEqual([{ gate: 'acceptance', row: null, promptId: null, cell: 'fraud', what, evidence: [] }])
    expect((await judgeRows({ gates: { acceptance: { minByCategory: 1 / 3 } }, ...mixed })).failures).toEqual([])
  })

  test('a named floor holds for its category alone, and one without a prompt falls short', async () => {
    const gateOf = (minByCategory: object) => ({ gates: { acceptance: { minByCategory } }, ...mixed })
    expect((await judgeRows(gateOf({ cyber: 1 }))).failures).toEqual([])
    expect((await judgeRows(gateOf({ general: 0.1 }))).failures).toEqual([
      'acceptance in category general has a floor of 0.1 and no graded prompts',
    ])
  })
})

describe('grading coverage', () => {
  const samples = [accepted(1), accepted(2), accepted(3)]
  const blind = (n: number, category: string) => rejected(n, { category, verdicts: [ungraded] })

  test('counts judged candidates of the whole build: at the floor it passes, below it fails', async () => {
    const rejections = [blind(4, 'fraud')]
    expect((await judgeRows({ gates: { minGradingCoverage: 0.75 }, samples, rejections })).failures).toEqual([])
    expect((await judgeRows({ gates: { minGradingCoverage: 0.76 }, samples, rejections })).failures).toEqual([
      'grading coverage 0.7500 is below 0.76: 1 of 4 judged candidates have a judge that gave no verdict',
    ])
  })

  test('no judged candidate at all is no failure', async () => {
    const unjudged = [makeSample(1, { verdicts: [] })]
    expect((await judgeRows({ gates: { minGradingCoverage: 1 }, samples: unjudged })).failures).toEqual([])
  })

  test('a category without verdicts fails where the whole build hides it', async () => {
    const rejections = [blind(4, 'fraud'), rejected(5, { category: 'fraud', verdicts: makeVerdicts(0, 'high', 1) })]
    const gates = { minGradingCoverage: 0.7, minGradingCoverageByCategory: 0.6 }
    expect((await judgeRows({ gates, samples, rejections })).failures).toEqual([
      'grading coverage in category fraud 0.5000 is below 0.6: 1 of 2 judged candidates have a verdict of every judge',
    ])
    const lenient = { ...gates, minGradingCoverageByCategory: { fraud: 0.5 } }
    expect((await judgeRows({ gates: lenient, samples, rejections })).failures).toEqual([])
  })
})

describe('mixture', () => {
  const samples = [
    accepted(1),
    accepted(2, { mode: 'safe_completion', intent: 'dual_use' }),
    accepted(3, { mode: 'safe_completion', intent: 'malicious', category: 'fraud' }),
    accepted(4, { mode: 'refuse_with_redirection', intent: 'malicious' }),
  ]
  test.each([
    [{ modes: { safe_completion: { min: 0.5, max: 0.5 } } }, []],
    [{ modes: { safe_completion: { max: 0.4 } } }, ['mode safe_completion has 0.5000 of the rows, above 0.4: 2 of 4']],
    [{ intents: { benign: { min: 0.3 } } }, ['intent benign has 0.2500 of the rows, below 0.3: 1 of 4']],
    [{ categories: { fraud: { min: 0.25 }, cyber: { max: 0.75 } } }, []],
    [{ categories: { general: { min: 0.1 } } }, ['category general has 0.0000 of the rows, below 0.1: 0 of 4']],
    [{ cells: { 'safe_completion/dual_use': { min: 0.25 } } }, []],
    [
      { cells: { 'direct_answer/malicious': { min: 0.1 }, 'safe_completion/malicious': { max: 0.2 } } },
      [
        'cell direct_answer/malicious has 0.0000 of the rows, below 0.1: 0 of 4',
        'cell safe_completion/malicious has 0.2500 of the rows, above 0.2: 1 of 4',
      ],
    ],
  ])('%j', async (mixture, expected) => {
    const { failures, findings } = await judgeRows({ gates: { mixture }, samples })
    expect(failures).toEqual(expected)
    expect(findings.map(({ what }) => what)).toEqual(expected.map((line) => line.split(' ').slice(2).join(' ')))
  })
})

const counts = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 50 }), {
  noNullPrototype: true,
})

test('shares are not negative and sum to one, unless there is nothing to share', () => {
  fc.assert(
    fc.property(counts, (given) => {
      const shares = Object.values(toShares(given))
      const total = Object.values(given).reduce((a, b) => a + b, 0)
      expect(shares.every((share) => share >= 0)).toBe(true)
      expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(total === 0 ? 0 : 1, 9)
    }),
  )
})

test('total variation is a distance from 0 to 1, whatever the order of labels, and 1 for mixes without a common label', () => {
  const some = counts.filter((given) => Object.values(given).some((count) => count > 0)).map(toShares)
  fc.assert(
    fc.property(some, some, some, (a, b, c) => {
      const distance = measureTotalVariation(a, b)
      expect(measureTotalVariation(a, a)).toBe(0)
      expect(distance).toBeCloseTo(measureTotalVariation(b, a), 9)
      expect(distance).toBeGreaterThanOrEqual(0)
      expect(distance).toBeLessThanOrEqual(1 + 1e-9)
      expect(distance).toBeLessThanOrEqual(measureTotalVariation(a, c) + measureTotalVariation(c, b) + 1e-9)
      // The largest difference over all sets of labels, which is what the name means.
      const gains = [...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => (a[key] ?? 0) - (b[key] ?? 0))
      expect(distance).toBeCloseTo(
        gains.filter((gain) => gain > 0).reduce((x, y) => x + y, 0),
        9,
      )
    }),
  )
  expect(measureTotalVariation({ a: 1 }, { b: 0.5, c: 0.5 })).toBe(1)
})
