import { setTimeout as sleep } from 'node:timers/promises'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { resolveBuild } from '../../pipeline/build/resolve-build.ts'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { loadConfig } from '../../pipeline/config/load-config.ts'
import { findStandingDecisions } from '../../pipeline/decisions/standing-decisions.ts'
import { planBuild } from '../../pipeline/plan/plan-build.ts'
import type { Plan } from '../../pipeline/plan/plan.ts'
import { runCli, startCli } from '../cli/run-cli.ts'
import { createLeaningModel } from '../support/leaning-model.ts'
import { countAnswers, runByBatch, serveBatches } from './batch-project.ts'
import {
  buildWhole,
  digestShards,
  listVisible,
  runProject,
  startServer,
  type BuildProject,
  type WholeBuild,
} from './build-project.ts'
import { createQuotaProject, numberedPrompts } from './quota-project.ts'

const quota = {
  accepted: 20,
  modes: { safe_completion: 0.4, direct_answer: 0.35, refuse_with_redirection: 0.25 },
  maxCandidates: 2,
}

async function plan(project: BuildProject): Promise<Plan> {
  const { config, folder } = await loadConfig(project.config)
  const store = openSqliteStore(project.store)
  try {
    return await planBuild(await resolveBuild(config, folder), {
      store,
      decisions: findStandingDecisions([]),
      priceOf: () => null,
      against: null,
      timestamp: () => '2026-01-01T00:00:00.000Z',
      signal: new AbortController().signal,
    })
  } finally {
    await store.close()
  }
}

test('a run whose answers are all there ends early also in a round that only draws prompts again', async () => {
  const server = await startServer(createLeaningModel())
  const few = { accepted: 60, modes: quota.modes, maxCandidates: 3 }
  const options = { prompts: numberedPrompts(60), config: { rowsInFlight: 1 } }
  const project = await createQuotaProject(server.baseUrl, few, options)
  const whole = await runProject(project)
  const [first, second] = whole.result.quota?.rounds ?? []
  if (first === undefined || second === undefined) throw new Error('expected two rounds')
  expect([first.prompts, second.prompts]).toEqual([60, 0])
  const interruption = new AbortController()
  const { result } = await runProject(project, {
    offline: true,
    recompute: true,
    drain: interruption.signal,
    onProgress({ phase, done }) {
      if (phase === 'answer' && done === first.prompts + 1)
        interruption.abort(new DOMException('interrupted', 'AbortError'))
    },
  })
  expect(result.status).toBe('incomplete')
  expect(result.counts.openPrompts).toBeGreaterThan(second.again / 2)
  expect(result.counts.openPrompts).toBeLessThan(second.again)
})

test('builds killed again and again in their rounds end with the shards of one that never was', async () => {
  const server = await startServer(createLeaningModel(), { latencyMs: 5 })
  const model = { concurrency: 4 }
  const reference = await buildWhole(await createQuotaProject(server.baseUrl, quota, { model }))
  expect(reference.manifest.quota?.rounds.length).toBeGreaterThan(1)
  const total = server.requests.count
  const project = await createQuotaProject(server.baseUrl, quota, { model })
  let kills = 0
  for (const share of [0.2, 0.5, 0.7, 0.85, 0.95]) {
    const { child, done } = startCli(['build', project.config])
    while (child.exitCode === null && server.requests.count < total + total * share) await sleep(2)
    child.kill('SIGKILL')
    if ((await done).signal === 'SIGKILL') kills += 1
    expect((await listVisible(project.home)).filter((name) => name !== 'status.json')).toEqual([])
  }
  expect(kills).toBe(5)
  const resumed = await buildWhole(project)
  expect(resumed.manifest.buildId).toBe(reference.manifest.buildId)
  expect(resumed.manifest.quota).toEqual(reference.manifest.quota)
  expect(await digestShards(resumed.path)).toEqual(await digestShards(reference.path))
  expect(server.requests.count - total).toBeLessThanOrEqual(total + kills * model.concurrency)
}, 120_000)

test('a build that is drained in a round says which, publishes nothing, and goes on from there', async () => {
  const drain = new AbortController()
  const play = createLeaningModel()
  const server = await startServer((body, n) => {
    if (n === 100) drain.abort()
    return play(body, n)
  })
  const project = await createQuotaProject(server.baseUrl, quota)
  const { result } = await runProject(project, { drain: drain.signal })
  if (result.status !== 'incomplete') throw new Error(`got ${result.status}`)
  expect(result.quota?.rounds).toHaveLength(2)
  expect(result.quota?.lines.filter(({ asked, got }) => got < asked).flatMap(({ why }) => why)).toContain(
    'not_finished',
  )
  expect(result.counts.candidates).toBeGreaterThan(0)
  const sent = server.requests.count
  const { result: resumed } = await runProject(project)
  expect(resumed.status).toBe('published')
  expect(resumed.ledger.total().run.answers).toBe(server.requests.count - sent)
  expect(resumed.quota?.rounds[0]).toEqual(result.quota?.rounds[0])
})

test('live and batch executors make the same shards of a quota, from the same number of answers', async () => {
  const server = await serveBatches({ reply: createLeaningModel() })
  const live = await createQuotaProject(server.baseUrl, quota)
  const expected = await buildWhole(live)
  const config = { batch: { lookAhead: 'none' } }
  const batch = await createQuotaProject(server.baseUrl, quota, { config })
  const { result, trouble } = await runByBatch(batch)
  if (result.status !== 'published') throw new Error(`got ${result.status} ${trouble}`)
  expect(result.buildId).toBe(expected.manifest.buildId)
  expect(result.quota).toEqual(expected.manifest.quota)
  expect(await digestShards(result.path)).toEqual(await digestShards(expected.path))
  expect(await countAnswers(batch)).toEqual({ answers: server.requests.count, surplus: 0 })
  expect([server.submittedTwice, server.paidTwice]).toEqual([[], []])
})

test('a plan counts the round that lacks answers exactly, gives a range for later ones, and knows when nothing is missing', async () => {
  const server = await startServer(createLeaningModel())
  const project = await createQuotaProject(server.baseUrl, quota)
  const first = await plan(project)
  expect(first.quota).toEqual({ round: 1, prompts: 20, again: 0, promptsLeft: 160 })
  expect(first.strategies.map(({ strategy }) => strategy)).toEqual(['regenerate'])
  const generate = first.strategies[0]?.steps.find(({ step }) => step === 'generate')
  expect(generate).toMatchObject({ missing: 20, open: { min: 0, max: 160 * 2 + 20 } })
  const build = await buildWhole(project)
  const rounds = build.manifest.quota?.rounds ?? []
  expect(rounds[0]).toEqual({ prompts: 20, again: 0 })
  const all = rounds.reduce((sum, { prompts, again }) => sum + prompts + again, 0)
  expect(all).toBeLessThanOrEqual(20 + (generate?.open.max ?? 0))
  const last = await plan(project)
  expect(last.quota).toBeNull()
  expect(last.strategies[0]?.requests).toEqual({ min: 0, expected: 0, max: 0 })
})

test('regrade-first keeps what passes under the edited policy and still meets the quota', async () => {
  const server = await startServer(createLeaningModel())
  const project = await createQuotaProject(server.baseUrl, quota)
  const before = await buildWhole(project)
  const edited = (await readFile(project.config, 'utf8')).replace('model: play\n', 'model: play-2\n')
  await writeFile(project.config, edited)
  const regrade = { folder: before.path, buildId: before.manifest.buildId }
  const after = await buildWhole(project, { regrade })
  expect(countModes(after)).toEqual(countModes(before))
  expect(after.samples.filter((row) => row['model'] === 'play').length).toBeGreaterThan(0)
  expect((await verifyBuild(after.path)).problems).toEqual([])
})

function countModes({ samples }: WholeBuild): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(samples, (row) => row['mode'])].map(([mode, rows]) => [mode, rows?.length ?? 0]),
  )
}

test('verify tells of a line that has other rows than the manifest says', async () => {
  const server = await startServer(createLeaningModel())
  const build = await buildWhole(await createQuotaProject(server.baseUrl, quota))
  const path = join(build.path, 'manifest.json')
  const text = await readFile(path, 'utf8')
  const line = /("name": "mode=direct_answer"[\s\S]*?"got": )7/
  expect(text).toMatch(line)
  await writeFile(path, text.replace(line, '$16'))
  expect((await verifyBuild(build.path)).problems).toEqual(['quota: expected 6 rows of mode=direct_answer, got 7'])
})

test('the command prints every line and its shortfall, keeps them in status.json, and ends with code 3', async () => {
  const server = await startServer(createLeaningModel())
  const project = await createQuotaProject(server.baseUrl, {
    accepted: 30,
    intents: { malicious: 1 },
    maxCandidates: 1,
  })
  const { code, stdout, stderr } = await runCli(['build', project.config])
  expect(code, stderr).toBe(3)
  expect(stdout).toMatch(/quota +\d+ of 30 rows · \d+ rounds drew \d+ of 180 prompts/)
  expect(stdout).toMatch(/ {2}intent=malicious +30 +\d+ .*pool_exhausted, candidate_bound/)
  expect(stdout).toContain('the quota lacks rows of intent=malicious')
  const status: unknown = JSON.parse(await readFile(join(project.home, 'status.json'), 'utf8'))
  expect(status).toMatchObject({
    status: 'held',
    quota: { lines: [{ name: 'all', asked: 30 }, { asked: 30 }, { asked: 0 }] },
  })
})
