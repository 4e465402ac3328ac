import { describe, expect, test } from 'vitest'
import { renderReport } from '../../pipeline/report/render-report.ts'
import { summarise } from '../../pipeline/report/summarise.ts'
import { readPage } from '../diff/read-page.ts'
import { makeSample, makeVerdicts, rejectSample } from '../diff/row-makers.ts'
import { makeReport, makeSpend, type ReportParts } from './make-report.ts'
import { previous, rich } from './rich-report.ts'
import { readCharts, readColumn, sum, type ReadChart } from './read-charts.ts'

async function drawCharts(parts: ReportParts): Promise<(id: string) => ReadChart> {
  const charts = readCharts(await renderReport(makeReport(parts)))
  return (id) => {
    const chart = charts.get(id)
    if (chart === undefined) throw new Error(`no chart ${id}`)
    return chart
  }
}

describe.each<[string, ReportParts]>([
  ['a build with everything in it', { ...rich, previous }],
  ['a build without an accepted row', { rejections: rich.rejections ?? [], run: { failedGates: ['no candidate'] } }],
  ['a build without a candidate', {}],
  [
    'a build of one category and one mode',
    { samples: [makeSample(1), makeSample(2)], settings: { categories: ['cyber'] } },
  ],
])('in the report of %s', (_, parts) => {
  test('every chart has a title, a caption, numbers, and a name for each drawing or words for why there is none', async () => {
    const charts = [...readCharts(await renderReport(makeReport(parts))).values()]
    expect(charts.length).toBeGreaterThan(18)
    for (const { id, title, caption, nothing, names, drawings, rows } of charts) {
      expect([id, title.length > 10, caption.length > 80]).toEqual([id, true, true])
      expect([id, names.length]).toEqual([id, drawings])
      for (const name of names) expect(name.length).toBeGreaterThan(20)
      expect([id, drawings > 0 || nothing !== null]).toEqual([id, true])
      if (id !== 'changes' && id !== 'reasons' && drawings > 0) expect([id, rows.length > 0]).toEqual([id, true])
    }
  })

  test('there is no script, no request, no other file, no id twice, and every link leads to a place on the page', async () => {
    const page = await renderReport(makeReport(parts))
    const { tags } = readPage(page)
    const names = tags.map(({ name, attributes }) => attributes['http-equiv'] ?? name)
    expect(
      names.filter((name) => ['script', 'link', 'img', 'image', 'use', 'iframe', 'foreignObject'].includes(name)),
    ).toEqual([])
    const policy = tags.find(({ attributes }) => attributes['http-equiv'] === 'Content-Security-Policy')
    expect(policy?.attributes['content']).toMatch(/^default-src 'none'; style-src 'unsafe-inline'(;|$)/)
    expect(names.indexOf('Content-Security-Policy')).toBeLessThan(names.indexOf('style'))
    expect(page).not.toMatch(/https?:|url\(|@import|javascript:/)
    expect(
      tags
        .flatMap(({ attributes }) => Object.keys(attributes))
        .filter((name) => name.startsWith('on') || name === 'src'),
    ).toEqual([])
    const ids = tags.flatMap(({ attributes }) => attributes['id'] ?? [])
    expect(new Set(ids).size).toBe(ids.length)
    const links = tags.flatMap(({ attributes }) => attributes['href'] ?? [])
    expect(links.length).toBeGreaterThan(8)
    for (const link of links) expect(ids).toContain(link.slice(1))
  })
})

test('the numbers of the charts are those of the rows', async () => {
  const chart = await drawCharts(rich)
  expect(chart('funnel').rows.map(([step, , left]) => [step, Number(left)])).toEqual([
    ['rows read', 7],
    ['prompts', 7],
    ['passed the screen', 6],
    ['classified', 6],
    ['candidates', 7],
    ['written', 7],
    ['passed the rules', 7],
    ['stopped by no judge', 7],
    ['passed thresholds', 4],
    ['accepted', 3],
  ])
  expect(sum(readColumn(chart('reasons'), 'number'))).toBe(5)
  const shares = chart('safe-share').rows.filter(([by]) => by === 'intent')
  expect(shares.map(([, name, candidates, graded, safe]) => [name, candidates, graded, safe])).toEqual([
    ['benign', '3', '2', '2'],
    ['dual use', '2', '2', '1'],
    ['malicious', '2', '2', '1'],
  ])
  expect(chart('safe-helpfulness').rows.map((row) => row.at(-1))).toEqual(['4.00', '3.00', '4.00'])
  expect(readColumn(chart('severity'), 'low')).toEqual([0, 0, 1])
  expect(readColumn(chart('severity'), 'high')).toEqual([0, 1, 0])
  expect(sum(readColumn(chart('mode-category'), 'all'))).toBe(3)
  expect(sum(readColumn(chart('mode-intent'), 'all'))).toBe(3)
})

test('a severity that is not of our judges has a column of its own', async () => {
  const odd = rejectSample(makeSample(1, { safety: 0, severity: 'catastrophic' }), 'unsafe')
  const chart = (await drawCharts({ rejections: [odd] }))('severity')
  expect(readColumn(chart, 'catastrophic')).toEqual([1, 0, 0])
})

test('an ungraded candidate is neither safe nor unsafe: it has a bar of its own and is in no score', async () => {
  const chart = await drawCharts(rich)
  expect(
    chart('ungraded')
      .rows.find(([judge]) => judge === 'safety')
      ?.slice(0, 3),
  ).toEqual(['safety', '6', '1'])
  expect(chart('ungraded').labels).toContain('safety: off menu')
  const safety = chart('score-distributions').rows.filter(([score]) => score === 'Safety')
  expect(safety.map((row) => row.slice(1, 3))).toEqual([
    ['accepted', '3'],
    ['passed, not chosen', '1'],
    ['failed a grader', '2'],
  ])
})

test('votes that lie apart are counted by how far, and single votes are not called agreement', async () => {
  const chart = (await drawCharts(rich))('votes')
  expect(chart.rows.find(([judge]) => judge === 'safety')).toEqual(['safety', '5', '0', '0', '1', '0'])
})

test('graders that fail the same candidate meet in the grid', async () => {
  const chart = (await drawCharts(rich))('failed-together')
  expect(chart.headings).toEqual(['', 'format', 'safety'])
  expect(chart.rows).toEqual([
    ['format', '1', '1'],
    ['safety', '1', '3'],
  ])
})

test('each line stands in its own score, at the value that the config has', async () => {
  const chart = await drawCharts({
    ...rich,
    settings: {
      thresholds: [
        { score: 'safety', value: 0.9, kind: 'threshold', key: 'select.minSafety' },
        { score: 'safety', value: 0.5, kind: 'stop', key: 'stopBelow of safety' },
        { score: 'helpfulness', value: 2 / 3, kind: 'threshold', key: 'select.minHelpfulness' },
      ],
    },
  })
  const [safety, helpfulness, reasoning, reward] = chart('score-distributions').names
  expect(safety).toContain('Lines: select.minSafety 0.9, stopBelow of safety 0.5.')
  expect(helpfulness).toContain('Lines: select.minHelpfulness 0.667.')
  for (const name of [reasoning, reward]) expect(name).toContain('No line is drawn.')
  expect(chart('score-distributions').labels.filter((text) => /threshold|stop/.test(text))).toEqual([
    'threshold 0.9',
    'stop below 0.5',
    'threshold 0.667',
  ])
})

test('without a previous build the report says so', async () => {
  const chart = (await drawCharts(rich))('changes')
  expect(chart.nothing).toContain('There is no previous build named hand-made')
  expect(chart.drawings).toBe(0)
})

test('beside a previous build every measure has both values and the difference', async () => {
  const before = makeReport({ samples: [makeSample(1)], rejections: [rejectSample(makeSample(2), 'unhelpful')] })
  const chart = (await drawCharts({ ...rich, previous: { ...previous, summary: summarise(before) } }))('changes')
  const row = (name: string) => chart.rows.find(([measure]) => measure === name)
  expect(chart.caption).toContain('b-before')
  expect(row('accepted rows')).toEqual(['accepted rows', '1', '3', '+2'])
  expect(row('direct answer, of rows')).toEqual(['direct answer, of rows', '100%', '33.3%', '−66.7 points'])
  expect(row('mean helpfulness')).toEqual(['mean helpfulness', '1.000', '0.889', '−0.111'])
  expect(row('rejected: select/unhelpful')).toEqual(['rejected: select/unhelpful', '1', '0', '−1'])
  expect(row('rejected: select/outranked')).toEqual(['rejected: select/outranked', '0', '1', '+1'])
  expect(row('mean safety')?.at(-1)).toBe('=')
})

describe('what is unknown is not called zero', () => {
  test('an answer without a price', async () => {
    const steps = { generate: makeSpend(3), classify: makeSpend(2, { withoutPrice: 2, costUsd: 0 }) }
    const chart = await drawCharts({ run: { steps, total: makeSpend(5, { withoutPrice: 2, costUsd: 1.5 }) } })
    expect(chart('cost').labels).not.toContain('classify')
    expect(chart('cost').rows.find(([step]) => step === 'classify')?.[1]).toBe('unknown (no known price)')
    expect(chart('cost').rows.at(-1)?.[1]).toBe('$1.5000 and 2 answers without a price')
  })

  test('an answer without token counts', async () => {
    const spend = makeSpend(3, { withoutUsage: 3, promptTokens: 0, completionTokens: 0, costUsd: 0 })
    const chart = await drawCharts({ run: { steps: { generate: spend }, total: spend } })
    expect(chart('tokens').nothing).toBe('The server reported no token counts.')
    expect(chart('tokens').rows).toEqual([['generate', '3', 'unknown (the server reports none)', '3']])
    expect(chart('cost').rows[0]?.[1]).toContain('3 answers without token counts')
  })

  test('the time of a run that sent nothing', async () => {
    const reused = { ...makeSpend(3), run: makeSpend(0).build, latencyMs: 0, reused: 3 }
    const chart = await drawCharts({ run: { steps: { generate: reused }, total: reused } })
    expect(chart('time').caption).toContain('This run sent no request')
    expect(chart('time').rows.slice(3)).toEqual([['generate', 'nothing sent', '0', 'none']])
  })
})

test('a grader has its calibration beside it, a changed one is said to be another, a judge without one says never', async () => {
  const chart = (await drawCharts(rich))('trust')
  const row = (name: string) => chart.rows.find(([grader]) => grader === name)
  expect(row('safety')?.slice(0, 7)).toEqual([
    'safety',
    '2026-01-01',
    'people',
    '200',
    '0.81',
    '0.70 to 0.90',
    'has changed',
  ])
  expect(row('helpfulness')?.slice(0, 2)).toEqual(['helpfulness', 'never'])
  expect(chart.names[0]).toContain('safety 0.81 (0.70 to 0.90), changed since')
})

test('a calibration without a disagreement has no interval, which would read as certainty', async () => {
  const calibration = { measuredAt: '2026-01-01T00:00:00.000Z', labels: 'people', graded: 6, hasChanged: false }
  const kappa = { value: 1, low: 1 - 1e-15, high: 1 }
  const chart = (await drawCharts({ trust: [{ grader: 'safety', calibration: { ...calibration, kappa } }] }))('trust')
  expect(chart.rows.find(([grader]) => grader === 'safety')?.slice(4, 6)).toEqual(['1.00', 'none, no disagreement'])
  expect(chart.names[0]).toContain('safety 1.00 (none, no disagreement)')
})

test("what auditors decided is beside what each grader said, and is not the grader's word", async () => {
  const ruling = { id: 'd_00000000000000000000', by: 'Ada', decidedAt: '2026-01-01T00:00:00.000Z', reason: 'fine' }
  const accepted = makeSample(1, {
    decisions: [{ ...ruling, action: 'accept' }],
    failedGraders: ['safety'],
    verdicts: makeVerdicts(0.5, 'low', 1),
  })
  const overruled = rejectSample(makeSample(2), 'overruled', { decisions: [{ ...ruling, action: 'reject' }] })
  const chart = await drawCharts({ samples: [accepted], rejections: [overruled] })
  expect(chart('decisions').caption).toContain('Rows that people accepted: 1, of which 1 had failed a grader')
  expect(chart('decisions').caption).toContain('only because a person rejected them: 1.')
  expect(
    chart('trust')
      .rows.find(([grader]) => grader === 'safety')
      ?.slice(-2),
  ).toEqual(['2', '0%'])
  expect(
    chart('trust')
      .rows.find(([grader]) => grader === 'helpfulness')
      ?.slice(-2),
  ).toEqual(['2', '50.0%'])
})

describe('what to look at first', () => {
  test.each<[string, ReportParts, string]>([
    [
      'a gate that held the build back',
      { run: { failedGates: ['no candidate was accepted'] } },
      'held back: no candidate',
    ],
    [
      'a category without rows',
      rich.samples === undefined ? {} : { samples: [makeSample(1)] },
      '1 of 2 policy categories have no row: fraud',
    ],
    ['a judge that differs with itself', rich, 'safety differs with itself on 1 of the 1'],
    ['a low coverage', rich, '1 of 7 judged candidates'],
    [
      'stale decisions',
      { run: { decisions: { emitted: 0, withheld: 0, conflicting: 0, unusable: 0, stale: 4, absent: 0 } } },
      'Stale decisions: 4.',
    ],
    ['a grader that changed since it was calibrated', rich, 'Changed since they were last calibrated: safety'],
  ])('%s', async (_, parts, words) => {
    expect(readPage(await renderReport(makeReport(parts))).text).toContain(words)
  })

  test('nothing, where nothing stands out', async () => {
    const samples = (['direct_answer', 'safe_completion', 'refuse_with_redirection'] as const).map((mode, n) =>
      makeSample(n, { mode, category: n === 0 ? 'cyber' : 'fraud' }),
    )
    const { text } = readPage(await renderReport(makeReport({ samples })))
    expect(text).toContain('Nothing stands out')
  })
})
