import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { runCli, startCli, type CliResult } from '../cli/run-cli.ts'
import type { BatchServer } from '../support/batch-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { countAnswers, listBatches, runByBatch, serveBatches } from './batch-project.ts'
import { createProject, readBuild, readLatest, runProject, type BuildProject } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const prompts = seedPrompts(4)
const batch = { requestsPerFile: 6, lookAhead: 'panel', pollSeconds: 0.005, submitGraceSeconds: 0.2 }
const statusSchema = z.looseObject({
  status: z.string(),
  exitCode: z.int(),
  message: z.string(),
  batches: z
    .object({
      counts: z.record(z.string(), z.int()),
      underWay: z.int(),
      waves: z.array(
        z.object({
          wave: z.int(),
          batches: z.array(z.looseObject({ remoteId: z.string().nullable(), state: z.string(), requests: z.int() })),
        }),
      ),
    })
    .nullable(),
})

async function readStatus({ home }: BuildProject): Promise<z.infer<typeof statusSchema>> {
  return statusSchema.parse(JSON.parse(await readFile(join(home, 'status.json'), 'utf8')))
}

async function create(
  server: BatchServer,
  config: Record<string, unknown> = {},
  model: Record<string, unknown> = {},
): Promise<BuildProject> {
  return await createProject({ baseUrl: server.baseUrl, prompts, config: { batch, ...config }, model })
}

const build = (project: BuildProject, ...options: readonly string[]): Promise<CliResult> =>
  runCli(['build', project.config, ...options])

test('a build goes on by --resume --detach, one wave at a time, until it is whole', async () => {
  const server = await serveBatches({
    reply: createPlayModel({ misfits: { malformed: 8 } }),
    script: () => ({ steps: [] }),
  })
  const project = await create(server)
  const first = await build(project, '--executor', 'batch', '--detach')
  expect([first.code, first.stdout]).toEqual([8, expect.stringContaining('build --resume')])
  const status = await readStatus(project)
  expect(status).toMatchObject({ status: 'submitted', exitCode: 8, buildId: null })
  expect(status.batches?.counts).toMatchObject({ submitted: server.batches.length, settled: 0 })
  expect(status.batches?.underWay).toBe(server.batches.flatMap(({ lines }) => lines).length)
  expect(status.batches?.waves.map(({ wave }) => wave)).toEqual([1])
  expect(status.batches?.waves[0]?.batches.map(({ remoteId }) => remoteId)).toEqual(server.batches.map(({ id }) => id))

  const shown = await runCli(['status', project.config])
  expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('submitted · exit code 8')])
  const requests = server.batches.flatMap(({ lines }) => lines).length
  expect(shown.stdout).toContain(
    `wave 1 of test: ${requests} requests, 0 answered · batches: submitted ${server.batches.length}\n`,
  )

  const codes: (number | null)[] = []
  while (codes.at(-1) !== 0 && codes.length < 40) codes.push((await build(project, '--resume', '--detach')).code)
  expect(new Set(codes.slice(0, -1))).toEqual(new Set([8]))
  expect(codes.at(-1)).toBe(0)
  expect(await readLatest(project.home)).not.toBeNull()
  expect([server.submittedTwice, server.paidTwice]).toEqual([[], []])
}, 120_000)

test('Ctrl-C while batches are waited for leaves them running and says how to come back', async () => {
  const steps = Array.from({ length: 10_000 }, () => 'in_progress')
  let isSlow = true
  const server = await serveBatches({ reply: createPlayModel(), script: () => (isSlow ? { steps } : {}) })
  const project = await create(server)
  const { child, done } = startCli(['build', project.config, '--executor', 'batch'])
  await server.reach('retrieve', 6)
  child.kill('SIGINT')
  const { code, stdout } = await done
  expect([code, stdout]).toEqual([130, expect.stringContaining('build --resume')])
  expect((await readStatus(project)).batches?.counts['submitted']).toBe(server.batches.length)
  expect(server.calls.cancel).toBe(0)
  isSlow = false
  for (const one of server.batches) one.looks = steps.length
  const submitted = server.batches.length
  const resumed = await build(project, '--resume')
  expect([resumed.code, resumed.stderr]).toEqual([0, expect.any(String)])
  expect(server.batches.length).toBeGreaterThan(submitted)
  expect([server.submittedTwice, server.paidTwice]).toEqual([[], []])
})

test('`status` shows the waves of a build that waits for batches, and of one that was killed while it did', async () => {
  const steps = Array.from({ length: 10_000 }, () => 'in_progress')
  const server = await serveBatches({ reply: createPlayModel(), script: () => ({ steps }) })
  const project = await create(server)
  const { child, done } = startCli(['build', project.config, '--executor', 'batch'])
  await server.reach('retrieve', 6)
  const wave = `batches: in_progress ${server.batches.length}`
  await vi.waitFor(
    async () => {
      const { stdout } = await runCli(['status', project.config])
      expect(stdout).toContain('running')
      expect(stdout).toContain(wave)
    },
    { timeout: 30_000 },
  )
  child.kill('SIGKILL')
  await done
  const killed = await runCli(['status', project.config])
  expect(killed.stdout).toContain('killed')
  expect(killed.stdout).toContain(wave)
  const { batches } = z
    .object({ batches: statusSchema.shape.batches })
    .parse(JSON.parse((await runCli(['status', project.config, '--json'])).stdout))
  expect(batches?.counts['submitted']).toBe(server.batches.length)
})

test('a live build on a store with batches stores what came back, holds back what may still come, and sends the rest', async () => {
  const steps = ['in_progress', 'in_progress']
  const server = await serveBatches({ reply: createPlayModel(), script: (n) => ({ steps: n === 0 ? [] : steps }) })
  const project = await create(server, { batch: { ...batch, requestsPerFile: 3 } })
  expect((await build(project, '--executor', 'batch', '--detach')).code).toBe(8)
  const [back, ...held] = server.batches
  const live = await build(project)
  expect([live.code, live.stdout]).toEqual([8, expect.stringContaining('submitted')])
  expect([back?.status, new Set(held.map(({ status }) => status))]).toEqual(['completed', new Set(['in_progress'])])
  expect((await readStatus(project)).batches).toMatchObject({ underWay: held.flatMap(({ lines }) => lines).length })
  const sent = server.requests.count
  expect((await build(project)).code).toBe(8)
  expect(server.requests.count).toBe(sent)
  expect((await build(project)).code).toBe(0)
  expect(await countAnswers(project)).toMatchObject({ surplus: 0 })
})

test('a server without a Batch API is told with its remedy and code 2, and no key gets anywhere', async () => {
  const key = 'sk-secret-0123456789'
  const server = await serveBatches({
    reply: createPlayModel(),
    onCall: ({ kind }) =>
      kind === 'upload' ? { before: { status: 404, body: { error: { message: `no route for ${key}` } } } } : null,
  })
  const project = await create(server, {}, { apiKeyEnv: 'TEST_KEY' })
  const { code, stdout, stderr } = await runCli(['build', project.config, '--executor', 'batch'], {
    env: { TEST_KEY: key },
  })
  expect([code, stdout]).toEqual([2, expect.stringContaining('no Batch API: build without --executor batch')])
  for (const text of [stdout, stderr, await readFile(join(project.home, 'status.json'), 'utf8')])
    expect(text).not.toContain(key)
  for (const file of await readdir(join(project.folder, '.safe-completions'))) {
    expect((await readFile(join(project.folder, '.safe-completions', file))).includes(key)).toBe(false)
  }
})

test('--offline and batches do not go together', async () => {
  const server = await serveBatches({ reply: createPlayModel() })
  const { code, stderr } = await build(await create(server), '--offline', '--resume')
  expect([code, stderr]).toEqual([2, expect.stringContaining('--offline')])
})

test('answers by batch cost half in the manifest, in the status and in the store; live ones cost the whole', async () => {
  const server = await serveBatches({ reply: createPlayModel() })
  const price = { inputPerMillion: 10, outputPerMillion: 100 }
  const live = await create(server, {}, { price })
  await build(live)
  const whole = (await readBuild(join(live.home, 'latest'))).manifest.cost
  const project = await create(server, { batch: { ...batch, lookAhead: 'none' } }, { price })
  await build(project, '--executor', 'batch')
  const { cost } = (await readBuild(join(project.home, 'latest'))).manifest
  expect(cost.build.costUsd).toBeCloseTo(whole.build.costUsd / 2, 9)
  expect(cost.run).toEqual({ ...cost.build, answers: cost.run.answers })
  expect(cost.run.answers).toBe(whole.run.answers)
  const stats = await runCli(['store', 'stats', project.store, '--config', project.config, '--json'])
  expect(
    z.looseObject({ total: z.looseObject({ costUsd: z.number() }).optional() }).parse(JSON.parse(stats.stdout)),
  ).toBeDefined()
  const store = openSqliteStore(project.store)
  const measures = await store.measure()
  await store.close()
  expect(new Set(measures.map(({ via }) => via))).toEqual(new Set(['batch']))
})

test('answers of a batch that a spec edit overtook are kept with their requests, and serve when it is taken back', async () => {
  const server = await serveBatches({ reply: createPlayModel() })
  const project = await create(server)
  expect((await runByBatch(project, { isDetached: true })).result.status).toBe('incomplete')
  const overtaken = server.batches.flatMap(({ lines }) => lines.map((line) => line.custom_id))
  const edited = { parameters: { temperature: 0.3 } }
  await createProject({ baseUrl: server.baseUrl, prompts, folder: project.folder, config: { batch }, model: edited })
  expect((await runByBatch(project)).result.status).toBe('published')
  const store = openSqliteStore(project.store)
  for (const digest of overtaken) expect((await store.find(digest))?.request.parameters).toEqual({})
  await store.close()
  await createProject({ baseUrl: server.baseUrl, prompts, folder: project.folder, config: { batch } })
  expect((await runByBatch(project)).result.status).toBe('published')
  expect([server.submittedTwice, server.paidTwice]).toEqual([[], []])
  expect((await listBatches(project)).every(({ state }) => state === 'settled')).toBe(true)
})

test('a budget cuts waves to what it can pay, and ends the build with its own code when no more fits', async () => {
  const server = await serveBatches({ reply: createPlayModel() })
  const price = { inputPerMillion: 1, outputPerMillion: 1 }
  const model = { price, maxReplyTokens: 200 }
  const project = await create(server, {}, model)
  const first = await build(project, '--executor', 'batch', '--max-tokens', '40000')
  expect([first.code, first.stdout]).toEqual([7, expect.stringContaining('budget')])
  const status = z.object({
    budget: z.object({ spent: z.object({ tokens: z.int() }), overshoot: z.object({ tokens: z.int() }) }),
  })
  const { budget } = status.parse(JSON.parse(await readFile(join(project.home, 'status.json'), 'utf8')))
  expect(budget.spent.tokens).toBeLessThanOrEqual(40_000)
  expect(budget.overshoot.tokens).toBe(0)
  expect((await countAnswers(project)).answers).toBeGreaterThan(0)
  expect((await build(project, '--executor', 'batch')).code).toBe(0)
  expect([server.submittedTwice, server.paidTwice]).toEqual([[], []])
})

test('batches of a model wait for room in its queue', async () => {
  const cap = 14_000
  const ended = new Set(['completed', 'failed'])
  const crowds: number[] = []
  const server: BatchServer = await serveBatches({
    reply: createPlayModel(),
    script: () => {
      const underWay = server.batches.filter(({ status }) => !ended.has(status))
      crowds.push(JSON.stringify(underWay.flatMap(({ lines }) => lines)).length / 4)
      return {}
    },
  })
  const project = await create(server, { batch: { ...batch, requestsPerFile: 2 } }, { maxEnqueuedTokens: cap })
  expect((await runByBatch(project)).result.status).toBe('published')
  expect(crowds.length).toBeGreaterThan(4)
  expect(Math.max(...crowds)).toBeLessThan(cap)
})

test('live and by batch, a store may be used in turn', async () => {
  const server = await serveBatches({ reply: createPlayModel() })
  const project = await create(server)
  const { result } = await runByBatch(project)
  const again = await runProject(project, { recompute: true })
  expect([result.status, again.result.status]).toEqual(['published', 'unchanged'])
  expect(server.requests.count).toBe(0)
})
