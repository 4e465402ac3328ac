import { describe, expect, test } from 'vitest'
import type { Sample } from '../../pipeline/records/sample.ts'
import { diffPair } from './diff-pair.ts'
import { candidateId, makeSample, promptId, rejectSample, stopPrompt } from './row-makers.ts'

const counts = { mode: 0, answer: 0, reasoning: 0, scores: 0, labels: 0, provenance: 0 }

test('equal rows are unchanged, and nothing is a mover', async () => {
  const build = { samples: [makeSample(1), makeSample(2)], rejections: [rejectSample(makeSample(3), 'unsafe')] }
  const { diff, changed } = await diffPair(build, build)
  expect(diff.changes).toEqual({
    added: 0,
    removed: 0,
    changed: counts,
    unchanged: 2,
    unaccepted: { same: 1, otherReasons: 0 },
  })
  expect([diff.causes, diff.movers, changed]).toEqual([[], [], []])
})

describe.each<[keyof typeof counts, Partial<Sample>]>([
  ['mode', { mode: 'safe_completion', answer: 'Another answer', reasoning: 'Another reasoning' }],
  ['answer', { answer: 'Another answer', reasoning: 'Another reasoning', helpfulness: 0.5 }],
  ['reasoning', { reasoning: 'Another reasoning', helpfulness: 0.5, model: 'other' }],
  ['scores', { reasoningQuality: 0.5, model: 'other', split: 'validation' }],
  ['scores', { severity: 'low' }],
  ['labels', { split: 'validation', location: 'elsewhere' }],
  ['labels', { category: 'fraud' }],
  ['provenance', { location: 'elsewhere' }],
  ['provenance', { citedClauses: [] }],
  ['provenance', { requests: ['another request'] }],
])('a row whose %s is the first to differ', (part, difference) => {
  test(`is counted there and nowhere else (${Object.keys(difference).join(', ')})`, async () => {
    const { diff, changed } = await diffPair({ samples: [makeSample(1)] }, { samples: [makeSample(1, difference)] })
    expect(diff.changes.changed).toEqual({ ...counts, [part]: 1 })
    expect(diff.changes.unchanged).toBe(0)
    expect(changed.map((one) => one.change)).toEqual([{ kind: 'changed', what: part }])
  })
})

test('rows come and go, from new prompts and from rejected ones', async () => {
  const { diff, changed } = await diffPair(
    { samples: [makeSample(1), makeSample(2)], rejections: [rejectSample(makeSample(3), 'unsafe')] },
    { samples: [makeSample(3), makeSample(4)], rejections: [rejectSample(makeSample(1), 'unsafe')] },
  )
  expect([diff.changes.added, diff.changes.removed, diff.prompts]).toEqual([2, 2, 4])
  expect(changed.map(({ promptId: id, from, to }) => [id, from, to])).toEqual([
    [promptId(1), 'direct_answer', 'rejected'],
    [promptId(2), 'direct_answer', 'absent'],
    [promptId(3), 'rejected', 'direct_answer'],
    [promptId(4), 'absent', 'direct_answer'],
  ])
})

test('a prompt without a row in both builds is told apart by its reason codes', async () => {
  const [one, two] = [makeSample(1), makeSample(2)]
  const { diff, changed } = await diffPair(
    { rejections: [rejectSample(one, 'unsafe'), rejectSample(two, 'unsafe')] },
    { rejections: [rejectSample(one, 'unsafe'), rejectSample(two, 'unhelpful')] },
  )
  expect(diff.changes.unaccepted).toEqual({ same: 1, otherReasons: 1 })
  expect(changed.map((row) => row.promptId)).toEqual([promptId(2)])
  expect(diff.movers).toEqual([])
})

test('an equal copy of a prompt, rejected under the same id, does not hide what became of the prompt', async () => {
  const [one, two] = [makeSample(1), makeSample(2)]
  const copies = [stopPrompt(one, 'exact_duplicate'), stopPrompt(two, 'exact_duplicate')]
  const { diff } = await diffPair(
    { samples: [one], rejections: [...copies, rejectSample(two, 'unsafe')] },
    { samples: [one], rejections: [rejectSample(two, 'unsafe')] },
  )
  expect([diff.changes.unchanged, diff.changes.unaccepted.same]).toEqual([1, 1])
})

test('a bad row of a source, which has no prompt id, is no prompt', async () => {
  const bad = { ...stopPrompt(makeSample(1), 'bad_row', 'collect'), promptId: null, messages: [] }
  const { diff } = await diffPair({ rejections: [bad] }, { samples: [makeSample(2)] })
  expect(diff.prompts).toBe(1)
  expect(diff.rejections).toEqual([{ of: 'prompt', stage: 'collect', code: 'bad_row', a: 1, b: 0 }])
})

test('the answer is the same in every trainer format', async () => {
  for (const format of ['prompt_completion', 'think_inline', 'reasoning_content', 'thinking', 'harmony']) {
    const samples = [makeSample(1), makeSample(2, { reasoning: '' })]
    const { diff } = await diffPair({ samples }, { samples, config: { emit: { format } } })
    expect([format, diff.changes.unchanged]).toEqual([format, 2])
    expect(diff.inputs.config.map(({ name }) => name)).toEqual(['emit.format'])
  }
})

describe('the cause of a change is', () => {
  const first = makeSample(1)
  const other = candidateId('second of 1')
  const changed = { answer: 'Another answer' }

  test.each<[string, Partial<Sample>]>([
    ['labels', { category: 'fraud', specDigest: 'spec-2', certifiedSpecDigest: 'spec-2' }],
    ['labels', { intent: 'malicious' }],
    ['spec', { specDigest: 'spec-2', certifiedSpecDigest: 'spec-2' }],
    ['spec', { certifiedSpecDigest: 'spec-2' }],
    ['template', { templateDigest: 'template-2' }],
    ['model', { model: 'other' }],
    ['spec + template + model', { specDigest: 'spec-2', templateDigest: 'template-2', model: 'other' }],
    ['request', { id: other }],
    ['redrawn', changed],
    ['verdict', { verdicts: [], helpfulness: 0.5 }],
    ['selection', { reward: 0.5 }],
    ['bookkeeping', { split: 'validation' }],
  ])('%s', async (cause, difference) => {
    const { changed: rows } = await diffPair({ samples: [first] }, { samples: [{ ...first, ...difference }] })
    expect(rows.map((row) => row.causes.join(' + '))).toEqual([cause])
  })

  test('another candidate, when both were drawn in one of the builds', async () => {
    const second = { ...first, ...changed, id: other }
    const a = { samples: [first], rejections: [rejectSample(second, 'outranked')] }
    const { diff } = await diffPair(a, { samples: [second], rejections: [rejectSample(first, 'outranked')] })
    expect(diff.causes).toEqual([
      { causes: ['candidate'], prompts: 1, added: 0, removed: 0, changed: 1, unaccepted: 0 },
    ])
  })

  test.each([
    ['selection', rejectSample(first, 'unhelpful')],
    ['verdict', rejectSample({ ...first, verdicts: [] }, 'unsafe')],
    ['redrawn', rejectSample({ ...first, ...changed }, 'unsafe')],
    ['request', rejectSample({ ...first, id: other }, 'unsafe')],
    ['screened', stopPrompt(first, 'contaminated')],
  ])('%s, for a row that was lost', async (cause, rejection) => {
    const { changed: rows } = await diffPair({ samples: [first] }, { rejections: [rejection] })
    expect(rows.map((row) => [row.change.kind, ...row.causes])).toEqual([['removed', cause]])
  })

  test.each([
    ['spec', { specSet: { name: 'set', digest: 'set-2', specs: { cyber: 'spec-2' } } }],
    ['template', { templates: { 'generate/answer': 'template-2' } }],
  ])('%s, from the manifest where a prompt has no row that says it', async (cause, inputs) => {
    const rejected = { rejections: [rejectSample({ ...first, id: other }, 'unsafe')], inputs }
    const { changed: rows } = await diffPair({ samples: [first] }, rejected)
    expect(rows.map((row) => row.causes)).toEqual([[cause]])
  })

  test('prompt new or gone, whatever else differs', async () => {
    const fourth = makeSample(4, { specDigest: 'spec-2' })
    const { changed: rows } = await diffPair({ samples: [first] }, { samples: [fourth] })
    expect(rows.map((row) => row.causes)).toEqual([['prompt_gone'], ['prompt_new']])
  })
})
