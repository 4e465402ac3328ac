import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { openPostgresCalibrations } from '../../pipeline/answers/postgres-calibrations.ts'
import { openPostgresDecisions } from '../../pipeline/answers/postgres-decisions.ts'
import { openPostgresStore } from '../../pipeline/answers/postgres-store.ts'
import { digestRequest, digestSubject } from '../../pipeline/answers/request-digest.ts'
import { makeCalibration } from '../calibrate/make-calibration.ts'
import { compileCache } from '../cli/run-cli.ts'
import { decide } from '../decisions/make-decisions.ts'
import { collect } from '../shards/temporary-folder.ts'
import { describeOnPostgres } from '../support/describe-on-postgres.ts'
import { runSql } from '../support/postgres.ts'
import { makeEntries, makeEntry, makeRetry } from './stored-answers.ts'
import { describeAnswerStore } from './store-contract.ts'

const script = fileURLToPath(import.meta.resolve('./put-until-killed.ts'))

describeOnPostgres('on a real server', { timeout: 120_000 }, (server) => {
  const databases = new Map<string, Promise<string>>()
  const createTarget = async () => ({ url: await server.createDatabase(), name: 'postgres:TEST_URL' })

  describeAnswerStore('PostgreSQL', async (folder, name = 'answers') => {
    const key = `${folder} ${name}`
    const url = databases.get(key) ?? server.createDatabase()
    databases.set(key, url)
    return await openPostgresStore({ url: await url, name: 'postgres:TEST_URL' })
  })

  test('ten processes that open a new database at once make one store', async () => {
    const target = await createTarget()
    const stores = await Promise.all(Array.from({ length: 10 }, () => openPostgresStore(target)))
    const ids = new Set(await Promise.all(stores.map((store) => store.identify())))
    expect(ids.size).toBe(1)
    await Promise.all(stores.map((store) => store.close()))
  })

  test('puts of the same answers from many connections, in any order, leave one each and lose none', async () => {
    const target = await createTarget()
    const stores = await Promise.all(Array.from({ length: 4 }, () => openPostgresStore(target)))
    const entries = makeEntries(400)
    const used = await Promise.all(
      stores.map((store, n) => {
        const order = n % 2 === 0 ? entries : entries.toReversed()
        return Promise.all(
          order.map((entry) => store.put({ ...entry, answer: { ...entry.answer, servedModel: `by ${n}` } })),
        )
      }),
    )
    const [reader] = stores
    if (reader === undefined) throw new Error('expected a store')
    const winners = await Promise.all(entries.map((entry) => reader.get(entry.digest)))
    for (const [n, answers] of used.entries()) {
      expect(n % 2 === 0 ? answers : answers.toReversed()).toEqual(winners)
    }
    expect(await reader.count()).toEqual({ answers: 400, surplus: 1200 })
    await Promise.all(stores.map((store) => store.close()))
  })

  test('every put that resolved before a writer was killed is found afterwards, with its request', async () => {
    const target = await createTarget()
    const resolved: string[] = []
    const writers = Array.from({ length: 3 }, async (_, run) => {
      const args = ['--disable-warning=ExperimentalWarning', script, target.url, String(run)]
      const env = { ...process.env, NODE_COMPILE_CACHE: compileCache }
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env })
      const closed = once(child, 'close')
      let isFirst = true
      for await (const line of createInterface({ input: child.stdout })) {
        if (line.length === 64) resolved.push(line)
        if (isFirst) void sleep(100 + Math.random() * 100).then(() => child.kill('SIGKILL'))
        isFirst = false
      }
      await closed
      expect(child.signalCode).toBe('SIGKILL')
    })
    await Promise.all(writers)
    expect(resolved.length).toBeGreaterThan(50)
    const store = await openPostgresStore(target)
    for (const digest of resolved) expect(await store.get(digest)).not.toBeNull()
    for (const { digest, request } of await collect(store.entries())) expect(digestRequest(request)).toBe(digest)
    await store.close()
  })

  test('a put whose connection is cut is put again: it resolves, and is there once', async () => {
    const target = await createTarget()
    const store = await openPostgresStore(target)
    const entries = makeEntries(2000)
    const puts = entries.map((entry) => store.put(entry))
    const cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'safe-completions'"
    for (let n = 0; n < 5; n += 1) await runSql(target.url, cut)
    expect((await Promise.all(puts)).map(({ text }) => text)).toEqual(entries.map(({ answer }) => answer.text))
    expect(await store.count()).toEqual({ answers: 2000, surplus: 0 })
    await store.close()
  })

  test('a put that fails is told to its caller, and the next one is taken', async () => {
    const store = await openPostgresStore(await createTarget())
    await expect(store.put({ ...makeEntry(), latencyMs: 0.5 })).rejects.toThrow()
    const good = makeEntry({ repeat: 1 })
    await store.put(good)
    expect(await store.find(good.digest)).toEqual(good)
    await store.close()
  })

  test('sums answers by step, model and category, and finds the newest answer to a subject', async () => {
    const store = await openPostgresStore(await createTarget())
    const [first, second] = [makeEntry({ model: 'a' }), makeEntry({ model: 'b' })]
    await store.put({ ...first, createdAt: '2026-01-01T00:00:00.000Z' })
    await store.put({ ...second, answer: { ...second.answer, usage: null } })
    expect(await store.measure()).toMatchObject([
      { model: 'a', answers: 1, promptTokens: 10, completionTokens: 5, withoutUsage: 0 },
      { model: 'b', answers: 1, promptTokens: 0, completionTokens: 0, withoutUsage: 1 },
    ])
    expect((await store.findBySubject(digestSubject(first.request)))?.digest).toBe(second.digest)
    await store.close()
  })

  test('a note of a failure is kept, with any text, until the answer comes', async () => {
    const store = await openPostgresStore(await createTarget())
    const { digest } = makeEntry()
    await store.noteFailure(digest, 'no\u0000answer', '2026-01-01T00:00:00.000Z')
    expect(await store.findFailure(digest)).toBe('no\u0000answer')
    await store.put(makeEntry())
    expect(await store.findFailure(digest)).toBeNull()
    await store.close()
  })

  test('decisions come back in order of time, one by text or prompt, and adding them again changes nothing', async () => {
    const target = await createTarget()
    const store = await openPostgresDecisions(target)
    const decisions = [decide(1, 'accept', 'ana', 1), decide(1, 'reject', 'ben', 2), decide(2, 'flag', 'ana', 3)]
    const [first, , third] = decisions
    expect(await store.add(decisions.toReversed())).toEqual({ added: 3, known: 0 })
    expect(await store.add(decisions)).toEqual({ added: 0, known: 3 })
    expect(await store.list()).toEqual(decisions)
    expect(await store.list({ promptId: third?.promptId })).toEqual([third])
    expect(await store.list({ contentDigest: first?.contentDigest })).toEqual(decisions.slice(0, 2))
    await store.close()
    await expect(runSql(target.url, 'DELETE FROM safe_completions.decisions')).rejects.toThrow('only ever added')
    await expect(runSql(target.url, "UPDATE safe_completions.decisions SET decision = ''")).rejects.toThrow(
      'only ever added',
    )
  })

  test('calibrations come back oldest first, of one grader or of all, and are only ever added', async () => {
    const target = await createTarget()
    const store = await openPostgresCalibrations(target)
    const newer = makeCalibration({ id: 'k_00000000000000000001', measuredAt: '2026-04-01T00:00:00.000Z' })
    const older = makeCalibration({ id: 'k_00000000000000000002' })
    const other = makeCalibration({ id: 'k_00000000000000000003', grader: 'helpfulness' })
    for (const one of [newer, older, other]) expect(await store.add(one)).toBe(true)
    expect(await store.add(newer)).toBe(false)
    expect(await store.list('safety')).toEqual([older, newer])
    expect(await store.list()).toHaveLength(3)
    await store.close()
    await expect(runSql(target.url, 'DELETE FROM safe_completions.calibrations')).rejects.toThrow('only ever added')
  })

  test('decisions to ask again are only ever added', async () => {
    const target = await createTarget()
    const store = await openPostgresStore(target)
    await store.addRetries([makeRetry('a', 1)])
    await store.close()
    for (const sql of ['DELETE FROM safe_completions.retries', 'UPDATE safe_completions.retries SET attempt = 2']) {
      await expect(runSql(target.url, sql)).rejects.toThrow('only ever added')
    }
  })

  test('a store of a newer version and a database in another encoding are refused and left as they are', async () => {
    const target = await createTarget()
    await (await openPostgresStore(target)).close()
    await runSql(target.url, 'INSERT INTO safe_completions.migrations (version) VALUES (99)')
    await expect(openPostgresStore(target)).rejects.toMatchObject({
      code: 'answer_store',
      remedy: expect.stringContaining('newer'),
    })
    await runSql(target.url, "CREATE DATABASE other ENCODING 'LATIN1' TEMPLATE template0")
    const latin = { ...target, url: target.url.replace(/\/t_[0-9a-f]+/, '/other') }
    await expect(openPostgresStore(latin)).rejects.toMatchObject({ message: expect.stringContaining('LATIN1') })
    expect(await runSql(latin.url, "SELECT to_regnamespace('safe_completions') AS found")).toEqual([{ found: null }])
  })

  test('a server that is not there, a wrong URL and a missing database are user errors without the password', async () => {
    const { url } = await createTarget()
    const urls = [
      'postgres://ana:hunter2@127.0.0.1:1/none',
      'postgres://ana:hunter2@[oops/none',
      'hunter2 is no URL',
      url.replace('postgres@', 'postgres:hunter2@').replace(/\/t_[0-9a-f]+/, '/nowhere'),
    ]
    for (const wrong of urls) {
      const error: unknown = await openPostgresStore({ url: wrong, name: 'postgres:TEST_URL' }).catch(
        (reason: unknown) => reason,
      )
      expect(error).toMatchObject({ code: 'answer_store', where: 'postgres:TEST_URL' })
      expect(inspect(error)).not.toContain('hunter2')
    }
  })
})
