import { setTimeout as sleep } from 'node:timers/promises'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { runCli, startCli } from '../cli/run-cli.ts'
import type { ChatServer } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { findImbalances } from '../../pipeline/build/build-counts.ts'
import { seedPrompts } from './seed-prompts.ts'
import { buildWhole, createProject, listVisible, readLatest, runProject, startServer } from './build-project.ts'

async function requestsReach(server: ChatServer, count: number): Promise<void> {
  while (server.requests.count < count) await sleep(2)
}

async function countAnswers(path: string): Promise<number> {
  const store = openSqliteStore(path)
  try {
    return (await store.count()).answers
  } finally {
    await store.close()
  }
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s drains: what is in flight is stored, the code is 130, and the same command goes on',
  async (signal) => {
    const server = await startServer(createPlayModel(), { latencyMs: 40 })
    const project = await createProject({ baseUrl: server.baseUrl })
    const { child, done } = startCli(['build', project.config])
    await requestsReach(server, 20)
    child.kill(signal)
    const { code, stdout, stderr } = await done
    expect(code, stderr).toBe(130)
    expect(stderr).toContain('waiting for the requests in flight')
    expect(stdout).toContain('interrupted')
    const sent = server.requests.count
    expect(await countAnswers(project.store)).toBe(sent)
    expect(await listVisible(project.home)).toEqual(['status.json'])
    const status: unknown = JSON.parse(await readFile(join(project.home, 'status.json'), 'utf8'))
    expect(status).toMatchObject({ status: 'interrupted', exitCode: 130, buildId: null })

    const resumed = await runProject(project)
    expect(resumed.result.status).toBe('published')
    expect(resumed.result.ledger.total().run.answers).toBe(server.requests.count - sent)
    expect(resumed.result.ledger.total().reused).toBe(sent)
  },
)

test('a second SIGINT stops at once, although a reply hangs', async () => {
  const play = createPlayModel()
  const server = await startServer((body, n) => (n < 6 ? play(body, n) : { misbehaviour: 'hang' }))
  const project = await createProject({ baseUrl: server.baseUrl })
  const { child, done } = startCli(['build', project.config])
  await requestsReach(server, 8)
  child.kill('SIGINT')
  await sleep(100)
  expect(child.exitCode).toBeNull()
  const start = performance.now()
  child.kill('SIGINT')
  const { code } = await done
  expect(code).toBe(130)
  // The last grace is 2 s; a run that needs it did not stop by itself.
  expect(performance.now() - start).toBeLessThan(1500)
  expect(await readLatest(project.home)).toBeNull()
  expect(await countAnswers(project.store)).toBe(6)
})

test('SIGINT ends a wait between tries', async () => {
  const server = await startServer(() => ({ status: 429, headers: { 'retry-after': '600' } }))
  const project = await createProject({ baseUrl: server.baseUrl })
  const { child, done } = startCli(['build', project.config])
  await requestsReach(server, 1)
  await sleep(50)
  const start = performance.now()
  child.kill('SIGINT')
  expect((await done).code).toBe(130)
  expect(performance.now() - start).toBeLessThan(3000)
})

test('an interrupted build publishes nothing new and leaves the published one as it was', async () => {
  const play = createPlayModel()
  const server = await startServer(play, { latencyMs: 20 })
  const project = await createProject({ baseUrl: server.baseUrl })
  const { result } = await runProject(project)
  if (result.status !== 'published') throw new Error('expected a published build')
  await createProject({
    baseUrl: server.baseUrl,
    folder: project.folder,
    config: { generate: { model: 'play', candidates: 5 } },
  })
  const sent = server.requests.count
  const { child, done } = startCli(['build', project.config])
  await requestsReach(server, sent + 5)
  child.kill('SIGINT')
  expect((await done).code).toBe(130)
  expect(await readLatest(project.home)).toBe(result.buildId)
  expect(await listVisible(project.home)).toEqual([result.buildId, 'latest', 'status.json'])
  expect((await runCli(['verify', join(project.home, 'latest')])).code).toBe(0)
})

test('a run whose answers are all there ends early as well: what it has not begun waits, and the counts balance', async () => {
  const server = await startServer(createPlayModel())
  const project = await createProject({
    baseUrl: server.baseUrl,
    prompts: seedPrompts(40),
    config: { rowsInFlight: 1 },
  })
  const first = await buildWhole(project)
  const interruption = new AbortController()
  const { result } = await runProject(project, {
    offline: true,
    recompute: true,
    drain: interruption.signal,
    onProgress({ phase, done }) {
      if (phase === 'answer' && done === 2) interruption.abort(new DOMException('interrupted', 'AbortError'))
    },
  })
  expect(result.status).toBe('incomplete')
  const { prompts, gradedPrompts, openPrompts } = result.counts
  expect(findImbalances(result.counts)).toEqual([])
  expect(gradedPrompts).toBeGreaterThanOrEqual(2)
  expect(openPrompts).toBeGreaterThan(prompts / 2)
  expect(await readLatest(project.home)).toBe(first.manifest.buildId)
})
