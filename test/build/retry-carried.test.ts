import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { createAttempts } from '../../pipeline/answers/attempts.ts'
import { findFailedRequests } from '../../pipeline/build/find-failed-requests.ts'
import { build, plan } from '../../pipeline/index.ts'
import { defaultRetryCodes } from '../../pipeline/records/retry.ts'
import { runCli } from '../cli/run-cli.ts'
import { createFailingModel, truncated, turnDown, type Failure } from '../support/failing-once.ts'
import { runByBatch, serveBatches } from './batch-project.ts'
import { createFolder, digestShards, runProject, startServer, type BuildProject } from './build-project.ts'
import { codesByPrompt, createRetryProject, labelledPrompts, readLatestBuild, readRetries } from './retry-project.ts'

const prompts = labelledPrompts(6)
const fail = (n: number, reply: Failure['reply'], times = 1): Failure => ({
  prompt: prompts[n]?.prompt ?? '',
  step: 'generate',
  reply,
  times,
})
const failures = [fail(0, truncated), fail(2, truncated)]

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(args)
  expect(code, stderr).toBe(0)
  return stdout
}

/** Decides what `--retry-failed` would, for a run that does not come by the command. */
async function noteRetries({ home, store: path }: BuildProject): Promise<void> {
  const store = openSqliteStore(path)
  try {
    const attempts = createAttempts(await store.listRetries())
    const found = await findFailedRequests({ home, store, attempts, codes: defaultRetryCodes })
    await store.addRetries(found.failures.map((failure) => ({ ...failure, runId: 'r-test', at: '' })))
  } finally {
    await store.close()
  }
}

test('a recording of a build holds what was asked again: each build is made again offline, byte for byte', async () => {
  const server = await startServer(createFailingModel(failures))
  const project = await createRetryProject(server.baseUrl, prompts)
  const paths: string[] = []
  for (const retryFailed of [false, true]) {
    expect(await build({ config: project.config, retryFailed })).toMatchObject({ status: 'published' })
    paths.push((await readLatestBuild(project)).manifest.buildId)
  }
  const sent = server.requests.count
  expect(new Set(paths).size).toBe(2)
  for (const [n, buildId] of paths.entries()) {
    const [folder, path] = [await createFolder(), join(project.home, buildId)]
    const recording = join(folder, 'answers.jsonl')
    await run('store', 'export', project.store, recording, '--builds', path)
    const lines = (await readFile(recording, 'utf8')).split('\n')
    expect(lines.filter((line) => line.startsWith('{"retry":'))).toHaveLength(n === 0 ? 0 : 2)
    const copy = await createRetryProject(server.baseUrl, prompts, { recordings: ['answers.jsonl'] }, folder)
    for (const status of ['published', 'unchanged']) {
      expect(await build({ config: copy.config, executor: 'offline' })).toMatchObject({ status, buildId })
    }
    expect(await digestShards(join(copy.home, buildId))).toEqual(await digestShards(path))
  }
  expect(server.requests.count).toBe(sent)
}, 60_000)

test('a merge carries what was asked again, but not where the answer of the other store is another', async () => {
  const server = await startServer(createFailingModel([fail(0, truncated), fail(2, truncated, 2)]))
  const [from, other] = [
    await createRetryProject(server.baseUrl, prompts),
    await createRetryProject(server.baseUrl, prompts),
  ]
  await build({ config: from.config })
  // Here prompt 0 has failed as often as it does, and prompt 2 fails by an answer of its own.
  await build({ config: other.config })
  expect(codesByPrompt((await readLatestBuild(other)).rejected, prompts)).toEqual({ 2: 'truncated' })
  const before = await digestShards((await readLatestBuild(other)).path)
  await build({ config: from.config, retryFailed: true })
  expect((await readLatestBuild(from)).rejected).toEqual([])

  const into = join(await createFolder(), 'into.db')
  expect(await run('store', 'merge', into, from.store)).toContain('; 2 requests asked again')
  expect(await run('store', 'merge', into, from.store)).not.toContain('asked again')
  const merged = openSqliteStore(into)
  expect(await merged.listRetries()).toEqual(await readRetries(from))
  await merged.close()

  await run('store', 'merge', other.store, from.store)
  expect(await readRetries(other)).toEqual([])
  const sent = server.requests.count
  await build({ config: other.config, recompute: true })
  expect(await digestShards((await readLatestBuild(other)).path)).toEqual(before)
  // Told to ask again, it finds the answer that the other store has paid for.
  expect((await build({ config: other.config, retryFailed: true })).retries?.codes).toEqual({ truncated: 1 })
  expect((await readLatestBuild(other)).rejected).toEqual([])
  expect(server.requests.count).toBe(sent)
}, 60_000)

test('a plan counts what would be asked again, notes nothing, and holds for a build that is told the same', async () => {
  const server = await startServer(createFailingModel(failures))
  const project = await createRetryProject(server.baseUrl, prompts)
  await build({ config: project.config })
  const sent = server.requests.count
  expect((await plan({ config: project.config })).strategies[0]?.causes).toEqual([])
  const planned = await plan({ config: project.config, retryFailed: true })
  expect(planned.strategies[0]?.causes).toMatchObject([{ kind: 'retry', requests: 2, steps: { generate: 2 } }])
  expect([await readRetries(project), server.requests.count]).toEqual([[], sent])

  const file = join(project.folder, 'plan.json')
  const text = await run('plan', project.config, '--retry-failed', '--out', file)
  expect(text).toContain('2 requests: generate is asked again: the answer before was no use')
  await expect(build({ config: project.config, plan: file })).rejects.toMatchObject({
    code: 'plan_outdated',
    message: expect.stringContaining('--retry-failed'),
  })
  const onlyDeclined = build({ config: project.config, plan: file, retryFailed: ['declined'] })
  await expect(onlyDeclined).rejects.toMatchObject({ code: 'plan_outdated' })
  expect(await readRetries(project)).toEqual([])
  expect(await build({ config: project.config, plan: file, retryFailed: true })).toMatchObject({ status: 'published' })
}, 60_000)

test('by batch what failed is asked again as it is live, and what is declined again holds up no build', async () => {
  const server = await serveBatches({ reply: createFailingModel([...failures, fail(4, turnDown(403), 2)]) })
  const project = await createRetryProject(server.baseUrl, prompts)
  await runByBatch(project)
  const codes = { 0: 'truncated', 2: 'truncated', 4: 'declined' }
  expect(codesByPrompt((await readLatestBuild(project)).rejected, prompts)).toEqual(codes)
  await noteRetries(project)
  expect((await runByBatch(project)).result.status).toBe('published')
  expect(codesByPrompt((await readLatestBuild(project)).rejected, prompts)).toEqual({ 4: 'declined' })
  await noteRetries(project)
  expect((await runByBatch(project)).result.status).toBe('published')
  expect((await readLatestBuild(project)).rejected).toEqual([])
  expect([server.submittedTwice, server.paidTwice]).toEqual([[], []])
})

test('by batch, where all that is asked again is declined again, the build ends all the same', async () => {
  const server = await serveBatches({ reply: createFailingModel([fail(4, turnDown(400), 2)]) })
  const project = await createRetryProject(server.baseUrl, prompts)
  await runByBatch(project)
  await noteRetries(project)
  expect((await runByBatch(project)).result.status).toBe('published')
  expect(codesByPrompt((await readLatestBuild(project)).rejected, prompts)).toEqual({ 4: 'declined' })
})

test('a store that lost what was asked again asks for it anew, in the same attempt', async () => {
  const server = await startServer(createFailingModel(failures))
  const project = await createRetryProject(server.baseUrl, prompts)
  await build({ config: project.config })
  const first = join(project.home, (await readLatestBuild(project)).manifest.buildId)
  await build({ config: project.config, retryFailed: true })
  const { manifest } = await readLatestBuild(project)
  const path = join(project.home, manifest.buildId)
  const expected = await digestShards(path)
  const retries = await readRetries(project)
  await rm(path, { recursive: true })
  await run('store', 'gc', project.store, '--builds', first, '--yes')
  expect(await readRetries(project)).toEqual(retries)
  const sent = server.requests.count
  const { result } = await runProject(project)
  expect(result).toMatchObject({ status: 'published', buildId: manifest.buildId })
  expect(server.requests.count - sent).toBe(2 * 2)
  expect(await digestShards(path)).toEqual(expected)
}, 60_000)

test('an answer that was asked for again is regraded as the one that it is', async () => {
  const server = await startServer(createFailingModel(failures))
  const project = await createRetryProject(server.baseUrl, prompts)
  await build({ config: project.config })
  await build({ config: project.config, retryFailed: true })
  const before = await readLatestBuild(project)
  const sent = server.requests.count
  // Another parameter makes every request another one.
  const models = { play: { baseUrl: server.baseUrl, model: 'play', apiKeyEnv: null, parameters: { top_p: 0.9 } } }
  await createRetryProject(server.baseUrl, prompts, { models }, project.folder)
  expect(await build({ config: project.config, strategy: 'regrade-first' })).toMatchObject({ status: 'published' })
  const asked = server.requests.received.slice(sent)
  expect(asked).toHaveLength(prompts.length)
  expect(asked.every(({ body }) => 'response_format' in body)).toBe(true)
  const after = await readLatestBuild(project)
  const ids = (rows: typeof after.samples) => rows.map((row) => row['id'])
  expect(ids(after.samples)).toEqual(ids(before.samples))
})
