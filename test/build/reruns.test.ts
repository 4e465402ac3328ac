import { join } from 'node:path'
import { readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { runCli } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'
import {
  buildWhole,
  createFolder,
  createProject,
  digestShards,
  listVisible,
  readBuild,
  readLatest,
  runProject,
  startServer,
} from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const misfits = { malformed: 10, refused: 5 }

test('a warm rerun sends nothing and reports that nothing changed', async () => {
  const server = await startServer(createPlayModel({ misfits }))
  const project = await createProject({ baseUrl: server.baseUrl })
  const first = await runProject(project)
  expect(first.result.status).toBe('published')
  const sent = server.requests.count
  const { result } = await runProject(project)
  expect(result.status).toBe('unchanged')
  expect(server.requests.count).toBe(sent)
  expect(result.counts).toEqual(first.result.counts)
})

test('a rerun that goes through every row again takes all answers from the store and finds the same build', async () => {
  const server = await startServer(createPlayModel({ misfits }))
  const project = await createProject({ baseUrl: server.baseUrl })
  const first = await runProject(project)
  const sent = server.requests.count
  const { result } = await runProject(project, { recompute: true })
  expect(result.status).toBe('unchanged')
  expect(server.requests.count).toBe(sent)
  expect(result.ledger.total().run.answers).toBe(0)
  expect(result.ledger.total().reused).toBe(first.result.ledger.total().run.answers)
  expect(result.counts).toEqual(first.result.counts)
})

describe('a published build that was damaged', () => {
  test.each([
    ['lost a shard', (path: string, shard: string) => rm(join(path, shard))],
    ['had a shard cut short', (path: string, shard: string) => truncate(join(path, shard), 10)],
    ['lost its manifest', (path: string) => rm(join(path, 'manifest.json'))],
    ['had its manifest cut short', (path: string) => truncate(join(path, 'manifest.json'), 20)],
  ])('and %s is made whole by a rerun, which sends nothing', async (_, damage) => {
    const server = await startServer(createPlayModel())
    const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(4) })
    const { path, manifest } = await buildWhole(project)
    const before = await digestShards(path)
    await damage(path, manifest.shards[0]?.path ?? '')
    const { result } = await runProject(project, { offline: true })
    expect(result.status).toBe('published')
    expect(await digestShards(path)).toEqual(before)
    expect((await verifyBuild(path)).problems).toEqual([])
  })
})

test('a fingerprint that was cut short is no fingerprint', async () => {
  const server = await startServer(createPlayModel())
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(2) })
  await runProject(project)
  await truncate(join(project.home, '.fingerprint.json'), 0)
  expect((await runProject(project, { offline: true })).result.status).toBe('unchanged')
})

test('an edited input file is noticed', async () => {
  const server = await startServer(createPlayModel())
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(4) })
  const before = await buildWhole(project)
  const file = join(project.folder, 'prompts.jsonl')
  await writeFile(file, (await readFile(file, 'utf8')).replace('urgent', 'dangerous'))
  const after = await buildWhole(project)
  expect(after.manifest.buildId).not.toBe(before.manifest.buildId)
})

test('a repair is found again: a rerun over malformed replies sends nothing either', async () => {
  const server = await startServer(createPlayModel({ misfits: { malformed: 60 }, brokenJudges: 50 }))
  const project = await createProject({ baseUrl: server.baseUrl })
  await runProject(project)
  const sent = server.requests.count
  await runProject(project, { recompute: true })
  expect(server.requests.count).toBe(sent)
})

test('the server is asked exactly once for every stored answer', async () => {
  const server = await startServer(createPlayModel({ misfits }))
  const { result } = await runProject(await createProject({ baseUrl: server.baseUrl }))
  expect(result.ledger.total().run.answers).toBe(server.requests.count)
})

describe.each([
  ['a threshold', { select: { minHelpfulness: 0.1 } }],
  ['the rule', { select: { rule: 'safety_only' } }],
  ['the mixture', { select: { mixture: [{ by: ['category'], max: 1 }] } }],
  ['the trainer format', { emit: { format: 'prompt_completion' } }],
  ['the shard size', { emit: { rowsPerShard: 2 } }],
  ['the seed of the split', { seed: 7 }],
])('after a change of %s', (_, config) => {
  test('a rebuild sends nothing and publishes another build', async () => {
    const server = await startServer(createPlayModel({ misfits }))
    const project = await createProject({ baseUrl: server.baseUrl })
    const before = await buildWhole(project)
    const sent = server.requests.count
    await createProject({ baseUrl: server.baseUrl, config, folder: project.folder })
    const { result } = await runProject(project, { offline: true })
    expect(result.status).toBe('published')
    expect(server.requests.count).toBe(sent)
    expect(await readLatest(project.home)).not.toBe(before.manifest.buildId)
    expect(await listVisible(project.home)).toContain(before.manifest.buildId)
  })
})

test('a mixture cap keeps the best of its cell and rejects the rest by name', async () => {
  const server = await startServer(createPlayModel())
  const config = { select: { mixture: [{ by: ['category'], max: 2 }] } }
  const { samples, rejected, manifest } = await buildWhole(await createProject({ baseUrl: server.baseUrl, config }))
  for (const rows of Map.groupBy(samples, (row) => row['category']).values()) {
    expect(rows.length).toBeLessThanOrEqual(2)
  }
  const cut = rejected.filter((row) => row['code'] === 'mixture_cap')
  expect(cut.length).toBeGreaterThan(0)
  for (const row of cut) {
    const kept = samples.filter((sample) => sample['category'] === row['category'])
    for (const sample of kept) expect(Number(sample['reward'])).toBeGreaterThanOrEqual(Number(row['reward']))
  }
  expect(manifest.counts.rejectedCandidates['select']?.['mixture_cap']).toBe(cut.length)
})

test('one more prompt sends only the requests of that prompt', async () => {
  const server = await startServer(createPlayModel())
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(8) })
  const before = await buildWhole(project)
  const sent = server.requests.count
  await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(9), folder: project.folder })
  const { result } = await runProject(project)
  // At most a label, two candidates, and for each two safety votes and three more judges.
  expect(server.requests.count - sent).toBeLessThanOrEqual(1 + 2 * (1 + 5))
  expect(result.ledger.total().reused).toBe(before.manifest.cost.build.answers)
})

test('runs in different folders write the same bytes', async () => {
  const server = await startServer(createPlayModel({ misfits }))
  const config = { emit: { validationShare: 0.3, arrow: true } }
  const builds = await Promise.all(
    [0, 1].map(async () => await buildWhole(await createProject({ baseUrl: server.baseUrl, config }))),
  )
  const [one, other] = await Promise.all(builds.map(({ path }) => digestShards(path)))
  expect(Object.keys(one ?? {}).length).toBeGreaterThan(5)
  expect(other).toEqual(one)
  expect(builds[0]?.manifest.buildId).toBe(builds[1]?.manifest.buildId)
})

test('the number of rows in flight does not change a byte', async () => {
  const server = await startServer(createPlayModel({ misfits }))
  const digests = await Promise.all(
    [1, 5].map(async (rowsInFlight) => {
      const options = { config: { rowsInFlight }, model: { concurrency: rowsInFlight * 2 } }
      return await digestShards((await buildWhole(await createProject({ baseUrl: server.baseUrl, ...options }))).path)
    }),
  )
  expect(digests[1]).toEqual(digests[0])
})

test('runs of one output that no lock keeps apart still end well, on the same build', async () => {
  for (let round = 0; round < 2; round += 1) {
    const server = await startServer(createPlayModel({ misfits }), { latencyMs: round })
    const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(4) })
    const runs = await Promise.all([0, 1, 2].map(() => runProject(project)))
    for (const { result } of runs) expect(['published', 'unchanged']).toContain(result.status)
    const ids = runs.map(({ result }) => ('buildId' in result ? result.buildId : null))
    expect(new Set(ids).size).toBe(1)
    expect(await readLatest(project.home)).toBe(ids[0])
    expect(await listVisible(project.home)).toEqual([ids[0], 'latest'])
  }
})

test('two processes that build at once under two names share the store, and both end well on the same rows', async () => {
  const server = await startServer(createPlayModel({ misfits }), { latencyMs: 5 })
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(4) })
  const names = ['test', 'other']
  const runs = await Promise.all(names.map((name) => runCli(['build', project.config, '--json', '--name', name])))
  for (const { code, stderr } of runs) expect(code, stderr).toBe(0)
  const homes = names.map((name) => join(project.folder, 'builds', name))
  const [one, other] = await Promise.all(homes.map((home) => readBuild(join(home, 'latest'))))
  expect(other?.samples).toEqual(one?.samples)
  for (const home of homes) expect((await verifyBuild(join(home, 'latest'))).problems).toEqual([])
})

test('a build whose inputs are unchanged leaves the files of the published one alone', async () => {
  const server = await startServer(createPlayModel())
  const project = await createProject({ baseUrl: server.baseUrl })
  const { path } = await buildWhole(project)
  const before = await stat(join(path, 'manifest.json'))
  await runProject(project)
  expect((await stat(join(path, 'manifest.json'))).mtimeMs).toBe(before.mtimeMs)
})

test('a category whose rows did not change keeps byte-identical shards when others get more', async () => {
  const server = await startServer(createPlayModel())
  const prompts = seedPrompts(12).map((prompt) => ({ ...prompt, intent: 'benign' as const }))
  const folder = await createFolder()
  const labelled = prompts.map((prompt, n) => ({ ...prompt, category: n % 2 === 0 ? 'fraud' : 'cyber' }))
  const project = await createProject({ baseUrl: server.baseUrl, prompts: labelled.slice(0, 11), folder })
  const before = await buildWhole(project)
  await createProject({ baseUrl: server.baseUrl, prompts: labelled, folder })
  const after = await buildWhole(project)
  const [fraudBefore, fraudAfter] = (await Promise.all([before, after].map(({ path }) => digestShards(path)))).map(
    (digests) => Object.entries(digests).filter(([path]) => path.startsWith('data/fraud/')),
  )
  expect(fraudBefore?.length).toBeGreaterThan(0)
  expect(fraudAfter).toEqual(fraudBefore)
  expect(after.manifest.categories['cyber']).not.toBe(before.manifest.categories['cyber'])
  expect((await readBuild(before.path)).samples.length).toBe(before.samples.length)
})
