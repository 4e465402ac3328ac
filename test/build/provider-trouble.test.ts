import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startChatServer, type ChatServer, type ChatServerOptions, type Scripted } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { runCli } from '../cli/run-cli.ts'
import { createProject, digestShards, listVisible, readLatest, runProject, startServer } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const play: ChatServerOptions['reply'] = createPlayModel()

/** What every third request meets instead of the model; null: nothing. */
let trouble: Scripted | null = null
let troubled: ChatServer | null = null
let untroubled: Readonly<Record<string, string>> = {}

beforeAll(async () => {
  troubled = await startChatServer({
    reply: (body, n, headers) => (trouble !== null && n % 3 === 1 ? trouble : play(body, n, headers)),
  })
})
afterAll(async () => {
  await troubled?.close()
})

/** A build at the troubled server, whose address is part of the ids: one server for all, so that bytes can be equal. */
async function buildInTrouble(scripted: Scripted | null): Promise<Record<string, string>> {
  trouble = scripted
  const project = await createProject({ baseUrl: troubled?.baseUrl ?? '', prompts: seedPrompts(6) })
  const { result } = await runProject(project, { maxTries: 12 })
  if (result.status !== 'published') throw new Error(`expected a published build, got ${result.status}`)
  return await digestShards(result.path)
}

describe('a build gets over', () => {
  test.each<[string, Scripted]>([
    ['429 without a hint', { status: 429, body: { error: { message: 'slow down' } } }],
    ['429 with a retry-after', { status: 429, headers: { 'retry-after-ms': '3' } }],
    ['500', { status: 500, body: 'oops' }],
    ['503 with an HTML page', { status: 503, headers: { 'content-type': 'text/html' }, body: '<h1>busy</h1>' }],
    ['a reset', { misbehaviour: 'reset' }],
    ['a reset in mid-body', { misbehaviour: 'reset_mid_body' }],
    ['a login page with status 200', { misbehaviour: 'html' }],
    ['half a JSON body', { misbehaviour: 'invalid_json' }],
    ['a generation that the server broke off', { content: 'half', finish_reason: 'error' }],
  ])('%s, and comes out with the same bytes', async (_, scripted) => {
    if (Object.keys(untroubled).length === 0) untroubled = await buildInTrouble(null)
    expect(await buildInTrouble(scripted)).toEqual(untroubled)
  })

  test('bodies that arrive slower than the time-out', async () => {
    const server = await startServer((body, n, headers) =>
      n % 5 === 1 ? { misbehaviour: 'slow_body', delayMs: 90 } : play(body, n, headers),
    )
    const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(3) })
    // The slow bodies hold no usable candidate, so one that is read after all would show in the counts.
    const { result } = await runProject(project, { maxTries: 12, timeoutMs: 40 })
    expect(result.status).toBe('published')
    expect(result.counts.rejectedCandidates['generate']).toBeUndefined()
  })
})

test('a slow body within the time-out is an answer like any other', async () => {
  const server = await startServer((body, n, headers) =>
    n === 3 ? { misbehaviour: 'slow_body', delayMs: 30 } : play(body, n, headers),
  )
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(3) })
  const { result } = await runProject(project)
  expect(['published', 'held']).toContain(result.status)
  expect(server.requests.count).toBe(result.ledger.total().run.answers)
})

test('a dead server ends in code 5 with nothing published, and a later run completes', async () => {
  let isUp = false
  const server = await startServer((body, n, headers) => (isUp ? play(body, n, headers) : { misbehaviour: 'reset' }))
  const options = { prompts: seedPrompts(40), model: { maxTries: 1, concurrency: 4, limits: { outageSeconds: 2 } } }
  const project = await createProject({ baseUrl: server.baseUrl, ...options })
  const dead = await runCli(['build', project.config])
  expect(dead.code, dead.stderr).toBe(5)
  expect(dead.stderr).toContain('failures in a row')
  expect(await listVisible(project.home)).toEqual(['status.json'])
  // Four that fail before the breaker opens, and the probes of two seconds.
  expect(server.requests.count).toBeLessThanOrEqual(20 + 4)
  isUp = true
  expect((await runProject(project)).result.status).toBe('published')
})

test('a server that dies half-way keeps what it answered: the next run pays only for the rest', async () => {
  let isRepaired = false
  const server = await startServer((body, n, headers) =>
    isRepaired || n < 30 ? play(body, n, headers) : { status: 503 },
  )
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(20) })
  const { result } = await runProject(project, { maxTries: 1 })
  expect(result.status).toBe('incomplete')
  expect(result.ledger.total().run.answers).toBe(30)
  isRepaired = true
  const sent = server.requests.count
  const second = await runProject(project)
  expect(second.result.status).toBe('published')
  expect(second.result.ledger.total().reused).toBe(30)
  expect(second.result.ledger.total().run.answers).toBe(server.requests.count - sent)
})

test('a server that turns everything down leaves the rows open and stores nothing', async () => {
  const server = await startServer(() => ({ status: 400, body: { error: { message: 'this again' } } }))
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(4) })
  const { result, hopeless } = await runProject(project)
  expect(hopeless).toBeNull()
  expect(result.status).toBe('incomplete')
  expect(result.counts.openPrompts).toBe(4)
  expect(result.ledger.total().run.answers).toBe(0)
})

describe('a wrong key', () => {
  test('stops the build at once with few requests, code 2 and a remedy', async () => {
    const server = await startServer(() => ({ status: 401, body: { error: { message: 'Incorrect API key' } } }))
    const model = { apiKeyEnv: 'PLAY_KEY', concurrency: 4 }
    const project = await createProject({ baseUrl: server.baseUrl, model })
    const { code, stderr, stdout } = await runCli(['build', project.config], { env: { PLAY_KEY: 'sk-wrong' } })
    expect(code).toBe(2)
    const said = 'Incorrect API key. Check the API key that is configured for '
    expect(stdout.split('\n')[0]).toMatch(
      new RegExp(`^provider_failed: .*${said}.*\\)\\. \\d+ of \\d+ prompts are not finished; nothing was published$`),
    )
    expect(stderr + stdout).not.toContain('the build is stopping')
    expect(server.requests.count).toBeLessThanOrEqual(4)
    expect(await readLatest(project.home)).toBeNull()
  })

  test('in mid-build keeps what was answered before', async () => {
    const server = await startServer((body, n, headers) => (n < 20 ? play(body, n, headers) : { status: 401 }))
    const project = await createProject({ baseUrl: server.baseUrl })
    const { result, hopeless } = await runProject(project)
    expect(hopeless?.code).toBe('provider')
    expect(result.ledger.total().run.answers).toBe(20)
  })
})

describe('offline', () => {
  test('a miss ends in code 4, names the requests and sends nothing', async () => {
    const server = await startServer(play)
    const project = await createProject({ baseUrl: server.baseUrl })
    const { code, stdout } = await runCli(['build', project.config, '--offline'])
    expect(code).toBe(4)
    expect(stdout).toMatch(/p_[0-9a-f]{20} (?:classify|generate): [0-9a-f]{12} no stored answer of play/)
    expect(server.requests.count).toBe(0)
    expect(await listVisible(project.home)).toEqual(['status.json'])
  })

  test('needs no key, and publishes from stored answers alone', async () => {
    const server = await startServer(play)
    const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(4) })
    await runProject(project)
    const sent = server.requests.count
    const model = { apiKeyEnv: 'NO_SUCH_KEY' }
    const { folder } = project
    await createProject({ baseUrl: server.baseUrl, folder, prompts: seedPrompts(4), model })
    const { code, stderr } = await runCli(['build', project.config, '--offline', '--recompute'])
    expect(code, stderr).toBe(0)
    expect(server.requests.count).toBe(sent)
  })
})
