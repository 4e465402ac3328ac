import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sum as sumCounts } from '../../pipeline/build/build-counts.ts'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { reportSchema, type Report } from '../../pipeline/report/report-data.ts'
import { buildWhole, createProject, runProject, startServer, type ProjectOptions } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { createPlayModel, type PlayOptions } from '../support/play-model.ts'
import { readCharts, readColumn, sum, type ReadChart } from './read-charts.ts'

async function readReport(path: string): Promise<Report> {
  return reportSchema.parse(JSON.parse(await readFile(join(path, 'report.json'), 'utf8')))
}

async function readChart(path: string, id: string): Promise<ReadChart> {
  const chart = readCharts(await readFile(join(path, 'report.html'), 'utf8')).get(id)
  if (chart === undefined) throw new Error(`no chart ${id}`)
  return chart
}

async function start(options: Omit<ProjectOptions, 'baseUrl'> = {}, play: PlayOptions = {}) {
  const server = await startServer(createPlayModel(play))
  return await createProject({ baseUrl: server.baseUrl, ...options })
}

const misfits = { malformed: 15, refused: 10, filtered: 5, truncated: 5 }

test('what the charts count is what the manifest counts', async () => {
  const { path, manifest } = await buildWhole(await start({}, { misfits, brokenJudges: 15 }))
  const { counts } = manifest
  const funnel = await readChart(path, 'funnel')
  const left = (step: string) => Number(funnel.rows.find(([name]) => name === step)?.[2])
  expect([left('prompts'), left('candidates'), left('accepted')]).toEqual([
    counts.prompts,
    counts.candidates,
    counts.accepted,
  ])
  expect(sum(readColumn(await readChart(path, 'reasons'), 'number'))).toBe(
    sumCounts(counts.rejectedPrompts) + sumCounts(counts.rejectedCandidates),
  )
  const shares = await readChart(path, 'safe-share')
  for (const by of ['intent', 'category']) {
    const own = { ...shares, rows: shares.rows.filter(([kind]) => kind === by) }
    expect([by, sum(readColumn(own, 'candidates')), sum(readColumn(own, 'accepted'))]).toEqual([
      by,
      counts.candidates,
      counts.accepted,
    ])
  }
  const modes = await readChart(path, 'mode-category')
  for (const [mode, count] of Object.entries(counts.modes)) {
    expect([mode, sum(readColumn(modes, mode.replaceAll('_', ' ')))]).toEqual([mode, count])
  }
  const byIntent = await readChart(path, 'mode-intent')
  expect(byIntent.rows.map((row) => [row[0]?.replace(' ', '_'), Number(row.at(-2))])).toEqual(
    ['benign', 'dual_use', 'malicious'].map((intent) => [intent, counts.intents[intent] ?? 0]),
  )
  const reading = await readChart(path, 'read-as')
  expect(sum(reading.rows.flatMap(([, ...cells]) => cells.map(Number)))).toBe(counts.accepted)
})

test('ungraded candidates are those of the manifest, and none of them is in a score', async () => {
  const { path, manifest } = await buildWhole(await start({}, { brokenJudges: 40 }))
  const { rows } = await readReport(path)
  expect(manifest.counts.ungraded).toBeGreaterThan(5)
  // The first judge that gives no verdict is the last one asked.
  expect(sum(readColumn(await readChart(path, 'ungraded'), 'ungraded'))).toBe(manifest.counts.ungraded)
  const safety = rows.graders['safety']
  const scored = Object.values(rows.scores.safety).reduce((all, { count }) => all + count, 0)
  expect(scored).toBe(safety?.graded)
})

test("the lines are the config's, those that count and no others", async () => {
  const panel = [
    { judge: 'safety', model: 'play', stopBelow: 0.25 },
    { judge: 'helpfulness', model: 'play' },
  ]
  const select = { minSafety: 0.7, minHelpfulness: 0.4, minReasoning: 0, requireModeAgreement: false }
  const project = await start({ config: { select, grade: { panel } } })
  const { path } = await buildWhole(project)
  const { labels } = await readChart(path, 'score-distributions')
  const lines = labels.filter((text) => /threshold|stop/.test(text))
  // No reasoning judge sits on the panel, so its threshold decides nothing.
  expect(lines).toEqual(['threshold 0.7', 'stop below 0.25', 'threshold 0.4'])
})

test('a second build has the change since the first one, and the first one says that there was none', async () => {
  const project = await start({}, { misfits })
  const first = await buildWhole(project)
  expect((await readReport(first.path)).previous).toBeNull()
  expect((await readChart(first.path, 'changes')).nothing).toContain('There is no previous build')
  const { baseUrl } = await startServer(createPlayModel({ misfits }))
  await createProject({ baseUrl, folder: project.folder, prompts: seedPrompts(8) })
  const second = await buildWhole(project)
  expect((await readReport(second.path)).previous?.buildId).toBe(first.manifest.buildId)
  const { rows } = await readChart(second.path, 'changes')
  const before = first.manifest.counts
  const after = second.manifest.counts
  const row = (name: string) => rows.find(([measure]) => measure === name)?.slice(1, 3)
  expect(row('prompts')).toEqual([String(before.prompts), String(after.prompts)])
  expect(row('candidates')).toEqual([String(before.candidates), String(after.candidates)])
  expect(row('accepted rows')).toEqual([String(before.accepted), String(after.accepted)])
})

test.each([
  ['of another version', '{"reportVersion":999}'],
  ['cut short', '{"reportVersion":1,'],
])('a previous report %s is no error: the build says that it has none to compare with', async (_, text) => {
  const project = await start({ prompts: seedPrompts(4) })
  const first = await buildWhole(project)
  // Of the same size, so that the build still counts as whole.
  const path = join(first.path, 'report.json')
  await writeFile(path, text.padEnd((await stat(path)).size))
  const { baseUrl } = await startServer(createPlayModel())
  await createProject({ baseUrl, folder: project.folder, prompts: seedPrompts(5) })
  const second = await buildWhole(project)
  expect((await readReport(second.path)).previous).toBeNull()
})

test('both files are in the manifest with their hashes, and verify looks at them', async () => {
  const { path, manifest } = await buildWhole(await start())
  expect(manifest.files.map((file) => file.path)).toEqual(expect.arrayContaining(['report.html', 'report.json']))
  expect((await verifyBuild(path)).problems).toEqual([])
  await writeFile(join(path, 'report.html'), 'other')
  expect((await verifyBuild(path)).problems).toEqual([expect.stringContaining('report.html: expected')])
})

test('a build that a gate holds back has a report that says why', async () => {
  const { result } = await runProject(await start({}, { misfits: { refused: 100 } }))
  if (result.status !== 'held') throw new Error(`expected a held build, got ${result.status}`)
  const page = await readFile(join(result.path, 'report.html'), 'utf8')
  expect(page).toContain('held back')
  expect(page).toContain('no candidate was accepted')
  expect((await readChart(result.path, 'mode-intent')).nothing).toBe('No row was accepted.')
  expect((await verifyBuild(result.path)).problems).toEqual([])
})

test('a build whose shards hold conversations alone has the same charts', async () => {
  const { result } = await runProject(await start({ config: { emit: { format: 'openai_jsonl' } } }))
  if (result.status !== 'published') throw new Error(`expected a build, got ${result.status}`)
  expect((await readChart(result.path, 'judged-modes')).drawings).toBe(1)
})

test('equal rows have equal reports but for what is about the run', async () => {
  const server = await startServer(createPlayModel({ misfits, brokenJudges: 10 }))
  const builds = await Promise.all(
    [1, 5].map(async (rowsInFlight) => {
      const project = await createProject({ baseUrl: server.baseUrl, config: { rowsInFlight } })
      return await buildWhole(project)
    }),
  )
  const [one, other] = await Promise.all(
    builds.map(async ({ path }) => {
      const { run: _run, previous: _previous, trust: _trust, ...rest } = await readReport(path)
      return JSON.stringify(rest)
    }),
  )
  expect(other).toBe(one)
})

describe('the times of a run', () => {
  test('are measured, and every answer that was sent has waited', async () => {
    const server = await startServer(createPlayModel(), { latencyMs: 20 })
    const { path, manifest } = await buildWhole(
      await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(4) }),
    )
    const { run } = await readReport(path)
    expect(run.phases.answerMs).toBeGreaterThan(20)
    expect(run.total.run.answers).toBe(manifest.cost.run.answers)
    // A millisecond for rounding.
    expect(run.total.latencyMs).toBeGreaterThanOrEqual(19 * run.total.run.answers)
    const steps = Object.values(run.steps)
    expect(steps.reduce((all, { latencyMs }) => all + latencyMs, 0)).toBe(run.total.latencyMs)
  })

  test('are of this run: one that only reuses answers has waited for none', async () => {
    const server = await startServer(createPlayModel())
    const options = { baseUrl: server.baseUrl, prompts: seedPrompts(4) }
    const project = await createProject(options)
    await buildWhole(project)
    await createProject({ ...options, folder: project.folder, config: { select: { minHelpfulness: 0.1 } } })
    const { path } = await buildWhole(project, { offline: true })
    const { run } = await readReport(path)
    expect([run.total.latencyMs, run.total.run.answers]).toEqual([0, 0])
    expect(run.total.reused).toBeGreaterThan(0)
  })
})

test('a run that finds its build unchanged leaves the report alone', async () => {
  const project = await start({ prompts: seedPrompts(4) })
  const { path } = await buildWhole(project)
  const before = await readFile(join(path, 'report.json'), 'utf8')
  for (const recompute of [false, true]) {
    expect((await runProject(project, { recompute })).result.status).toBe('unchanged')
    expect(await readFile(join(path, 'report.json'), 'utf8')).toBe(before)
  }
})
