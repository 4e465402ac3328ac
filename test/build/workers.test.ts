import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { runCli, startCli, type RunningCli } from '../cli/run-cli.ts'
import type { ChatServer } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { describeOnPostgres } from '../support/describe-on-postgres.ts'
import { runSql } from '../support/postgres.ts'
import { buildWhole, createProject, digestShards, readLatest, startServer, type BuildProject } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const concurrency = 4
const prompts = seedPrompts(10)
/** Jobs of dead workers go to others after 10 s, not after the three minutes that workers are granted. */
const hastenHeartbeats = (url: string): Promise<unknown> =>
  runSql(url, "UPDATE safe_completions_queue.job SET heartbeat_seconds = 10 WHERE state = 'active'")

type Setting = {
  readonly project: BuildProject
  readonly server: ChatServer
  /** Requests of a build that asks each once. */
  readonly total: number
  readonly expected: Record<string, string>
  readonly url: string
  readonly build: (...args: string[]) => RunningCli
  readonly work: () => RunningCli
}

describeOnPostgres('workers on a queue', { timeout: 240_000 }, (postgres) => {
  const prepare = async (latencyMs: number, model: Readonly<Record<string, unknown>> = {}): Promise<Setting> => {
    const server = await startServer(createPlayModel(), { latencyMs })
    const reference = await buildWhole(await createProject({ baseUrl: server.baseUrl, prompts }))
    const total = server.requests.count
    const config = { store: { postgres: { urlEnv: 'ANSWERS_URL' } } }
    const own = { baseUrl: server.baseUrl, prompts, config, model: { concurrency, apiKeyEnv: 'PLAY_KEY', ...model } }
    const project = await createProject(own)
    const url = await postgres.createDatabase()
    const env = { ANSWERS_URL: url }
    return {
      project,
      server,
      total,
      expected: await digestShards(reference.path),
      url,
      build: (...args) => startCli(['build', project.config, '--executor', 'queue', ...args], { env }),
      work: () => startCli(['worker', project.config], { env: { ...env, PLAY_KEY: 'sk-of-the-worker' } }),
    }
  }
  const readShards = async ({ project }: Setting): Promise<Record<string, string>> =>
    await digestShards(join(project.home, (await readLatest(project.home)) ?? 'none'))
  const sentBy = (setting: Setting): number => setting.server.requests.count - setting.total
  const until = async (isTime: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await isTime())) await sleep(5)
  }

  test('two workers and a coordinator without a key build what one process builds, and pay for each request once', async () => {
    // More than the second that an idle worker waits at most between two looks, so that neither can do it all alone.
    const setting = await prepare(60)
    const workers = [setting.work(), setting.work()]
    await Promise.all(workers.map(({ child }) => once(child.stderr ?? child, 'data')))
    const built = await setting.build().done
    expect(built.code, built.stderr).toBe(0)
    expect(await readShards(setting)).toEqual(setting.expected)
    expect(sentBy(setting)).toBe(setting.total)
    for (const { child } of workers) child.kill('SIGTERM')
    const ended = await Promise.all(workers.map(({ done }) => done))
    expect(ended.map(({ code }) => code)).toEqual([0, 0])
    for (const { stderr } of ended) expect(stderr).toMatch(/[1-9]\d* jobs done, [1-9]\d* answers bought/)
    const answers = await runSql(setting.url, 'SELECT count(*)::int AS n FROM safe_completions.answers')
    expect(answers).toEqual([{ n: setting.total }])
    const left = 'SELECT count(*)::int AS n FROM safe_completions.surplus_answers'
    expect(await runSql(setting.url, left)).toEqual([{ n: 0 }])
    const jobs =
      "SELECT count(*)::int AS n, bool_or(data::text LIKE '%sk-of%') AS keys FROM safe_completions_queue.job WHERE name LIKE 'lane-%'"
    expect(await runSql(setting.url, jobs)).toEqual([{ n: 0, keys: null }])
  })

  test('workers and a coordinator that are killed lose nothing, and only what was in flight is paid for twice', async () => {
    const setting = await prepare(30)
    let [workers, coordinator] = [[setting.work(), setting.work()], setting.build()]
    // From the start: the jobs that dead workers hold may be all that is left to do before the next share is reached.
    const ended = new AbortController()
    const hastening = (async () => {
      while (!ended.signal.aborted) {
        if (sentBy(setting) > 0) await hastenHeartbeats(setting.url)
        await sleep(500)
      }
    })()
    let kills = 0
    for (const share of [0.2, 0.45, 0.7]) {
      await until(() => sentBy(setting) >= setting.total * share)
      workers[0]?.child.kill('SIGKILL')
      kills += 1
      workers = [...workers.slice(1), setting.work()]
      if (share === 0.45) {
        coordinator.child.kill('SIGKILL')
        await coordinator.done
        coordinator = setting.build()
      }
    }
    const done = coordinator.done.finally(() => ended.abort())
    await hastening
    const built = await done
    expect(built.code, built.stderr).toBe(0)
    expect(await readShards(setting)).toEqual(setting.expected)
    expect(sentBy(setting)).toBeGreaterThanOrEqual(setting.total)
    expect(sentBy(setting)).toBeLessThanOrEqual(setting.total + kills * concurrency)
  })

  test('a coordinator that is told to stop takes its queued jobs back; the next one goes on from there', async () => {
    const setting = await prepare(40)
    const worker = setting.work()
    const coordinator = setting.build()
    await until(() => sentBy(setting) >= setting.total / 4)
    coordinator.child.kill('SIGTERM')
    expect((await coordinator.done).code).toBe(130)
    const sent = sentBy(setting)
    expect(sent).toBeLessThan(setting.total)
    const jobs = await runSql(setting.url, "SELECT id FROM safe_completions_queue.job WHERE name LIKE 'lane-%'")
    expect(jobs).toEqual([])
    expect((await setting.build().done).code).toBe(0)
    expect(sentBy(setting)).toBe(setting.total)
    worker.child.kill('SIGTERM')
    expect((await worker.done).code).toBe(0)
  })

  test('a worker that is told to stop finishes what it began and gives the rest back', async () => {
    const setting = await prepare(40)
    const [first, coordinator] = [setting.work(), setting.build()]
    await until(() => sentBy(setting) >= setting.total / 4)
    first.child.kill('SIGTERM')
    expect((await first.done).code).toBe(0)
    setting.work()
    expect((await coordinator.done).code).toBe(0)
    expect(sentBy(setting)).toBe(setting.total)
  })

  test('a database that cuts every connection in the midst is gone on with: nothing is lost, little is sent twice', async () => {
    const setting = await prepare(20)
    const worker = setting.work()
    const coordinator = setting.build()
    for (const share of [0.2, 0.4, 0.6]) {
      await until(() => sentBy(setting) >= setting.total * share)
      await runSql(setting.url, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
    }
    const built = await coordinator.done
    expect(built.code, built.stderr).toBe(0)
    expect(await readShards(setting)).toEqual(setting.expected)
    expect(sentBy(setting)).toBe(setting.total)
    worker.child.kill('SIGTERM')
    expect((await worker.done).code).toBe(0)
  })

  test('a worker with a wrong key gives up with a message, and so does a coordinator that has no answer yet', async () => {
    const server = await startServer((_, __, headers) => ({
      status: 401,
      body: { error: { message: `no: ${headers.authorization}` } },
    }))
    const config = { store: { postgres: { urlEnv: 'ANSWERS_URL' } } }
    const project = await createProject({
      baseUrl: server.baseUrl,
      prompts,
      config,
      model: { apiKeyEnv: 'PLAY_KEY' },
    })
    const env = { ANSWERS_URL: await postgres.createDatabase() }
    const worker = startCli(['worker', project.config], { env: { ...env, PLAY_KEY: 'sk-wrong' } })
    const built = await runCli(['build', project.config, '--executor', 'queue'], { env })
    expect(built.code).toBe(2)
    expect(built.stdout).toContain('HTTP 401')
    const ended = await worker.done
    expect(ended.code).toBe(2)
    expect(built.stdout + built.stderr + ended.stdout + ended.stderr).not.toContain('sk-wrong')
    expect(server.requests.count).toBeLessThanOrEqual(8)
  })

  test('a worker whose server is down says so to a coordinator, which does not wait for ever', async () => {
    const config = { store: { postgres: { urlEnv: 'ANSWERS_URL' } } }
    const model = { maxTries: 20, limits: { outageSeconds: 1 } }
    const project = await createProject({ baseUrl: 'http://127.0.0.1:9/v1', prompts, config, model })
    const env = { ANSWERS_URL: await postgres.createDatabase() }
    const worker = startCli(['worker', project.config], { env })
    const built = await runCli(['build', project.config, '--executor', 'queue'], { env })
    expect(built.code, built.stderr).toBe(2)
    expect(built.stdout).toContain('expected a worker to get answers of play')
    expect((await worker.done).code).toBe(5)
  })

  test('a worker holds its jobs through an outage of the database as long as queries are tried again', async () => {
    const setting = await prepare(100)
    setting.work()
    setting.build()
    const sql = "SELECT DISTINCT heartbeat_seconds FROM safe_completions_queue.job WHERE name LIKE 'lane-%'"
    await until(() => sentBy(setting) > 0)
    expect(await runSql(setting.url, sql)).toEqual([{ heartbeat_seconds: 180 }])
  })

  test('a queue without a database, and a worker without its key, are told what to set', async () => {
    const server = await startServer(createPlayModel())
    const project = await createProject({ baseUrl: server.baseUrl, prompts })
    for (const args of [
      ['build', project.config, '--executor', 'queue'],
      ['worker', project.config],
    ]) {
      expect(await runCli(args)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('expected a store on PostgreSQL'),
      })
    }
    const setting = await prepare(0)
    const startedAt = performance.now()
    const keyless = await runCli(['worker', setting.project.config], { env: { ANSWERS_URL: setting.url } })
    expect(keyless).toMatchObject({ code: 2, stderr: expect.stringContaining('Set PLAY_KEY') })
    // Connections that are left open hold the process for 11 s.
    expect(performance.now() - startedAt).toBeLessThan(9000)
  })
})
