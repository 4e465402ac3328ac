import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { intents } from '../../pipeline/records/prompt.ts'
import { responseModes } from '../../pipeline/records/response-mode.ts'
import type { Rejection } from '../../pipeline/records/rejection.ts'
import type { Sample } from '../../pipeline/records/sample.ts'
import { sumChanged } from '../../pipeline/diff/count-changes.ts'
import { states } from '../../pipeline/diff/outcome.ts'
import type { Group } from '../../pipeline/diff/tally-group.ts'
import { diffPair } from './diff-pair.ts'
import { candidateId, makeSample, promptId, rejectSample, stopPrompt } from './row-makers.ts'

const sumMoves = ({ moves }: Group): number =>
  states.reduce((all, from) => all + states.reduce((row, to) => row + moves[from][to], 0), 0)

/** Null: the prompt is not in the build. */
const fate = fc.option(
  fc.record({
    kind: fc.constantFrom('accepted', 'rejected', 'stopped'),
    mode: fc.constantFrom(...responseModes),
    category: fc.constantFrom('cyber', 'fraud', 'no such category'),
    intent: fc.constantFrom(...intents),
    reward: fc.constantFrom(0.5, 1),
  }),
)

test('each prompt is counted once: in the changes, and in one cell of the moves overall, by category and by intent', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fate, fate), { maxLength: 12 }), async (fates) => {
      const build = (side: 0 | 1): { samples: Sample[]; rejections: Rejection[] } => {
        const rows = { samples: [] as Sample[], rejections: [] as Rejection[] }
        for (const [n, pair] of fates.entries()) {
          const { kind, ...labels } = pair[side] ?? { kind: 'absent' }
          const sample = makeSample(n, labels)
          if (kind === 'accepted') rows.samples.push(sample)
          if (kind === 'rejected') rows.rejections.push(rejectSample(sample, 'unsafe'))
          if (kind === 'stopped') rows.rejections.push(stopPrompt(sample, 'contaminated'))
        }
        return rows
      }
      const known = fates.filter(([a, b]) => a !== null || b !== null).length
      const { diff, changed } = await diffPair(build(0), build(1))
      const { added, removed, unchanged, unaccepted } = diff.changes
      const all = sumChanged(diff.changes.changed) + added + removed + unchanged
      expect(all + unaccepted.same + unaccepted.otherReasons).toBe(known)
      expect(diff.prompts).toBe(known)
      for (const groups of [{ overall: diff.overall }, diff.categories, diff.intents]) {
        expect(Object.values(groups).reduce((sum, group) => sum + sumMoves(group), 0)).toBe(known)
        expect(Object.values(groups).reduce((sum, { prompts }) => sum + prompts, 0)).toBe(known)
      }
      expect(changed).toHaveLength(known - unchanged - unaccepted.same)
      expect(diff.causes.reduce((sum, { prompts }) => sum + prompts, 0)).toBe(changed.length)
    }),
    { numRuns: 40 },
  )
})

test('moves, means and shares of a pair made by hand are exact', async () => {
  const loser = makeSample(1, { id: candidateId('loser'), safety: 0, severity: 'moderate', helpfulness: 0 })
  const { diff } = await diffPair(
    {
      samples: [
        makeSample(1, { answer: 'four', helpfulness: 0.5 }),
        makeSample(2, { category: 'fraud', answer: 'eight888' }),
      ],
      rejections: [rejectSample(loser, 'unsafe')],
      spend: { answers: 3, costUsd: 1.5 },
    },
    {
      samples: [makeSample(1, { mode: 'safe_completion', answer: 'sixsix', intent: 'dual_use' })],
      rejections: [rejectSample(makeSample(2, { category: 'fraud' }), 'unhelpful')],
      spend: { answers: 2, costUsd: 1 },
    },
  )
  expect(diff.overall.moves.direct_answer).toEqual({
    direct_answer: 0,
    safe_completion: 1,
    refuse_with_redirection: 0,
    rejected: 1,
    absent: 0,
  })
  expect(diff.overall.a).toEqual({
    prompts: 2,
    accepted: 2,
    reward: { count: 2, mean: 0.75 },
    reasoningQuality: { count: 2, mean: 1 },
    answerLength: { count: 2, mean: 6 },
    gradedCandidates: 3,
    safeCandidates: 2,
    safeHelpfulness: { count: 2, mean: 0.75 },
    severities: { moderate: 1, none: 2 },
  })
  expect(diff.overall.b).toMatchObject({ prompts: 2, accepted: 1, gradedCandidates: 2, answerLength: { mean: 6 } })
  expect(Object.keys(diff.categories)).toEqual(['cyber', 'fraud'])
  expect(diff.categories['fraud']?.moves.direct_answer.rejected).toBe(1)
  expect(Object.entries(diff.intents).map(([intent, { prompts }]) => [intent, prompts])).toEqual([
    ['benign', 1],
    ['dual_use', 1],
  ])
  expect(diff.rejections).toEqual([
    { of: 'candidate', stage: 'select', code: 'unhelpful', a: 0, b: 1 },
    { of: 'candidate', stage: 'select', code: 'unsafe', a: 1, b: 0 },
  ])
  expect([diff.cost.a.costUsd, diff.cost.b.costUsd]).toEqual([1.5, 1])
  expect(diff.clauses).toEqual([{ clause: 'CYB-1', a: 2, b: 1 }])
})

test('a candidate that no judge could grade has no score: it counts in no mean', async () => {
  const ungraded = { ...makeSample(1), verdicts: [], safety: null, severity: null, helpfulness: null, reward: null }
  const { diff } = await diffPair({ rejections: [rejectSample(ungraded, 'ungraded')] }, {})
  expect(diff.overall.a).toMatchObject({ gradedCandidates: 0, safeHelpfulness: { count: 0, mean: null } })
})

test('labels that no spec knows share one group, however many a source holds', async () => {
  const rejections = Array.from({ length: 50 }, (_, n) =>
    stopPrompt(makeSample(n, { category: `made up ${n}` }), 'unclassified', 'classify'),
  )
  const { diff } = await diffPair({ rejections }, {})
  expect(Object.keys(diff.categories)).toEqual(['unknown'])
})

test('movers are the farthest by reward, then by mode, then by prompt id; new and gone prompts do not move', async () => {
  const a = [1, 2, 3, 4, 5, 6].map((n) => makeSample(n))
  const b = [
    makeSample(1, { helpfulness: 0.75 }),
    makeSample(2, { helpfulness: 0.5 }),
    makeSample(3, { mode: 'safe_completion' }),
    makeSample(4, { mode: 'refuse_with_redirection' }),
    makeSample(5, { answer: 'Another answer' }),
    makeSample(7),
    makeSample(8),
  ]
  const lost = [rejectSample(makeSample(8), 'unsafe')]
  const order = async (top: number): Promise<readonly string[]> =>
    (await diffPair({ samples: a, rejections: lost }, { samples: b }, top)).diff.movers.map((one) => one.promptId)
  expect(await order(10)).toEqual([8, 2, 1, 4, 3].map(promptId))
  expect(await order(2)).toEqual([8, 2].map(promptId))
  expect(await order(0)).toEqual([])
})

test('input differences are named by path, and equal inputs are not named', async () => {
  const { diff } = await diffPair(
    {},
    {
      config: { select: { minHelpfulness: 0.3 }, grade: { panel: [{ judge: 'safety', model: 'writer', votes: 3 }] } },
      inputs: {
        specSet: { name: 'set', digest: 'set-2', specs: { cyber: 'spec-2', fraud: 'spec-1', hate: 'spec-1' } },
        graders: { safety: 2 },
      },
    },
  )
  expect(diff.inputs).toEqual({
    config: [
      { name: 'grade.panel[0].votes', a: 1, b: 3 },
      { name: 'select.minHelpfulness', a: 2 / 3, b: 0.3 },
    ],
    specSet: [],
    specs: [
      { name: 'cyber', a: 'spec-1', b: 'spec-2' },
      { name: 'general', a: 'spec-1', b: null },
      { name: 'hate', a: null, b: 'spec-1' },
    ],
    templates: [],
    stages: [],
    graders: [{ name: 'safety', a: 1, b: 2 }],
    libraries: [],
  })
})
