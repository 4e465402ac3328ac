import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { startChatServer, type ChatServer, type ChatServerOptions, type Scripted } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { runCli } from '../cli/run-cli.ts'
import { createProject, digestShards, readBuild, startServer, type BuildProject } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const play = createPlayModel()

/** What a request meets at the primary address instead of the model; null: nothing. */
let trouble: (n: number) => Scripted | null = () => null
let primary: ChatServer | null = null
/** Requests that the server had received before the build. */
let before = 0

beforeAll(async () => {
  primary = await startChatServer({ reply: (body, n) => trouble(n - before) ?? play(body, n) })
})
afterAll(async () => {
  await primary?.close()
})

type Built = { readonly project: BuildProject; readonly shards: Record<string, string>; readonly stderr: string }

/** A build by the command at the one primary address, which is part of every id. */
async function build(onRequest: typeof trouble, model: Readonly<Record<string, unknown>> = {}): Promise<Built> {
  trouble = onRequest
  before = primary?.requests.count ?? 0
  const baseUrl = primary?.baseUrl ?? ''
  const project = await createProject({ baseUrl, prompts: seedPrompts(12), model: { maxTries: 6, ...model } })
  const { code, stderr, stdout } = await runCli(['build', project.config])
  expect(code, stderr + stdout).toBe(0)
  return { project, shards: await digestShards(join(project.home, 'latest')), stderr }
}

describe('a build whose server', () => {
  let untroubled: Built['shards'] | null = null
  const buildUntroubled = async (): Promise<Built['shards']> => (untroubled ??= (await build(() => null)).shards)

  test('dies half-way goes on at a mirror, with the shards of a build without trouble', async () => {
    const expected = await buildUntroubled()
    const mirror = await startServer((body, n) => play(body, n))
    const { shards, project } = await build((n) => (n < 20 ? null : { misbehaviour: 'reset' }), {
      mirrors: [{ baseUrl: mirror.baseUrl }],
    })
    expect(shards).toEqual(expected)
    expect(mirror.requests.count).toBeGreaterThan(20)
    // What just failed is asked last, so hardly anything more went there.
    expect((primary?.requests.count ?? 0) - before).toBeLessThanOrEqual(20 + 16)

    // Nothing tells which address answered.
    const store = openSqliteStore(project.store)
    const endpoints = new Set<string>()
    for await (const { request } of store.entries()) endpoints.add(request.endpoint)
    await store.close()
    expect([...endpoints]).toEqual([primary?.baseUrl])
    const { manifest } = await readBuild(join(project.home, 'latest'))
    expect(JSON.stringify(manifest)).not.toContain(mirror.baseUrl)

    // So a later run needs no mirror, and buys nothing.
    const { code } = await runCli(['build', project.config, '--offline', '--recompute'])
    expect(code).toBe(0)
  })

  test.each([400, 403, 422])(
    'has a mirror that turns every request down with %d declines nothing for it: the others are asked',
    async (status) => {
      const expected = await buildUntroubled()
      const mirror = await startServer(() => ({ status, body: { error: { message: 'not set up for this' } } }))
      const { shards } = await build(() => null, { mirrors: [{ baseUrl: mirror.baseUrl }] })
      expect(shards).toEqual(expected)
      expect(mirror.requests.count).toBeGreaterThan(0)
      // Its breaker opens: after a few requests it is hardly asked any more.
      expect(mirror.requests.count).toBeLessThan(40)
    },
  )

  test('is away for two seconds waits for it: no row fails and the shards are the same', async () => {
    const expected = await buildUntroubled()
    let awayUntil = Infinity
    const { shards, stderr } = await build((n) => {
      if (n < 20) return null
      if (awayUntil === Infinity) awayUntil = Date.now() + 2000
      return Date.now() < awayUntil ? { misbehaviour: 'reset' } : null
    })
    expect(shards).toEqual(expected)
    expect(stderr).toMatch(/does not answer, waiting up to 300 s for it: .*\n[^]*answers again/)
  })

  test('shares the work with its mirrors when all are well', async () => {
    const expected = await buildUntroubled()
    const mirror = await startServer((body, n) => play(body, n), { latencyMs: 5 })
    const { shards } = await build(() => null, { mirrors: [{ baseUrl: mirror.baseUrl }] })
    expect(shards).toEqual(expected)
    const sent = (primary?.requests.count ?? 0) - before
    expect(mirror.requests.count).toBeGreaterThan(sent / 10)
    expect(sent).toBeGreaterThan(mirror.requests.count / 10)
  })
})

describe('with 200 requests at once', () => {
  test.each<[string, Scripted, string]>([
    ['a wrong key', { status: 401, body: { error: { message: 'Incorrect API key' } } }, 'Check the API key'],
    ['an unknown model', { status: 404, body: { error: { message: 'no such model' } } }, 'serves model "play"'],
    [
      'an account without credit',
      { status: 429, body: { error: { message: 'no credit', code: 'insufficient_quota' } } },
      'Add credit',
    ],
  ])('%s is asked about a few times and told of once', async (_, scripted, remedy) => {
    const server = await startServer(() => scripted)
    const options = { prompts: seedPrompts(200), model: { concurrency: 200 }, config: { rowsInFlight: 300 } }
    const project = await createProject({ baseUrl: server.baseUrl, ...options })
    const { code, stderr, stdout } = await runCli(['build', project.config])
    expect(code).toBe(2)
    expect(server.requests.count).toBeLessThanOrEqual(8)
    expect(stderr.match(/expected an answer of play/g)).toHaveLength(1)
    expect(stdout.match(/provider_failed: /g)).toHaveLength(1)
    expect(stdout).toContain(remedy)
  })

  test('a server that turns away what is too much at once gets less at once, and no row fails', async () => {
    let inFlight = 0
    let refused = 0
    const reply: ChatServerOptions['reply'] = (body, n) => {
      if (inFlight >= 12) {
        refused += 1
        return { status: 429 }
      }
      inFlight += 1
      setTimeout(() => (inFlight -= 1), 20)
      return play(body, n)
    }
    const server = await startServer(reply, { latencyMs: 20 })
    const options = { prompts: seedPrompts(60), model: { concurrency: 200 }, config: { rowsInFlight: 300 } }
    const project = await createProject({ baseUrl: server.baseUrl, ...options })
    const { code, stderr, stdout } = await runCli(['build', project.config])
    expect(code, stderr + stdout).toBe(0)
    // At 200 at once 94% would be refused; most of these are of the search in the first second.
    expect(refused).toBeLessThan(server.requests.count / 2)
  })
})
