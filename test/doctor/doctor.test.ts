import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createProject, startServer, type BuildProject } from '../build/build-project.ts'
import { runCli } from '../cli/run-cli.ts'
import type { ChatBody, ChatServer, Scripted } from '../support/chat-server.ts'

const report = z.object({
  exitCode: z.int(),
  requests: z.int(),
  findings: z.array(
    z.object({ check: z.string(), status: z.string(), message: z.string(), remedy: z.string().nullable() }),
  ),
})

type Examined = { readonly code: number | null; readonly requests: number; readonly lines: readonly string[] }

/** Every finding as `status check: message - remedy`. */
async function examine(
  project: BuildProject,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Examined> {
  const { code, stdout, stderr } = await runCli(['doctor', project.config, '--json', ...args], { env })
  expect(stderr).toBe('')
  const { exitCode, requests, findings } = report.parse(JSON.parse(stdout))
  expect(exitCode).toBe(code)
  const lines = findings.map(({ check, status, message, remedy }) => `${status} ${check}: ${message} - ${remedy}`)
  return { code, requests, lines }
}

const isStructured = (body: ChatBody): boolean => body['response_format'] !== undefined
const healthy: Scripted = { content: '{"ok": true}' }
const serve = (reply: (body: ChatBody) => Scripted): Promise<ChatServer> => startServer((body) => reply(body))

test('a healthy server: two small requests a model, nothing stored, code 0', async () => {
  const server = await serve(() => healthy)
  const project = await createProject({ baseUrl: server.baseUrl, model: { parameters: { temperature: 0 } } })
  const { code, requests, lines } = await examine(project)
  expect(code).toBe(0)
  expect(requests).toBe(2)
  expect(server.requests.count).toBe(2)
  expect(
    server.requests.received.map(({ body }) => [body['max_tokens'], body['temperature'], isStructured(body)]),
  ).toEqual([
    [256, 0, false],
    [256, 0, true],
  ])
  expect(lines).toContainEqual(expect.stringMatching(/^ok node: 2/))
  expect(lines).toContainEqual(expect.stringMatching(/^ok output: .* GB free/))
  expect(lines).toContainEqual(expect.stringMatching(/^ok store: .* not there yet/))
  expect(lines).toContainEqual('ok model play: response_format json_schema: taken - null')
  expect(lines).toContainEqual(expect.stringMatching(/^warning model play: price: not known for play/))
  expect(lines.filter((line) => line.startsWith('problem'))).toEqual([])
})

test('for a person: a line each, the sums, and what was sent', async () => {
  const server = await serve(() => healthy)
  const project = await createProject({ baseUrl: server.baseUrl })
  const { stdout } = await runCli(['doctor', project.config])
  expect(stdout).toMatch(/^ok {7}node: /)
  expect(stdout).toMatch(
    /\n\d+ ok, 1 warnings, 0 problems\n2 requests were sent, each for 256 reply tokens at the most; no answer was stored\n$/,
  )
})

test('offline nothing is sent, and a server that is down is no problem', async () => {
  const server = await serve(() => healthy)
  const project = await createProject({ baseUrl: server.baseUrl })
  expect(await examine(project, ['--offline'])).toMatchObject({ code: 0, requests: 0 })
  expect(server.requests.count).toBe(0)
})

test('headers of limits are told', async () => {
  const headers = { 'x-ratelimit-limit-requests': '500', 'x-ratelimit-remaining-requests': '499' }
  const body = JSON.stringify({ choices: [{ finish_reason: 'stop', message: { content: '{"ok": true}' } }] })
  const server = await serve(() => ({ status: 200, headers, body }))
  const { lines } = await examine(await createProject({ baseUrl: server.baseUrl }))
  expect(lines).toContainEqual('ok model play: limits: x-ratelimit-limit-requests 500 - null')
})

test('a server whose clock is an hour off is a warning, once', async () => {
  const date = new Date(Date.now() - 3_600_000).toUTCString()
  const body = JSON.stringify({ choices: [{ finish_reason: 'stop', message: { content: '{"ok": true}' } }] })
  const server = await serve(() => ({ status: 200, headers: { date }, body }))
  const { code, lines } = await examine(await createProject({ baseUrl: server.baseUrl }))
  expect(lines.filter((line) => line.startsWith('warning clock'))).toEqual([
    expect.stringMatching(/differ by 3[56]\d\d s/),
  ])
  expect(code).toBe(0)
})

test.each<[string, Scripted, number, RegExp]>([
  [
    'a wrong key',
    { status: 401, body: { error: { message: 'no such key' } } },
    2,
    /HTTP 401: no such key - Set the key/,
  ],
  [
    'a model that is not allowed',
    { status: 403, body: { error: { message: 'no' } } },
    2,
    /HTTP 403: no - Give the account/,
  ],
  [
    'an unknown model',
    { status: 404, body: { error: { message: 'no such model' } } },
    2,
    /knows no model "play" - Set model to one that it lists: scripted\./,
  ],
  ['an HTML page', { misbehaviour: 'html' }, 2, /expected JSON from .* got an HTML page with HTTP 200 - Mend baseUrl/],
  ['half a reply', { misbehaviour: 'invalid_json' }, 2, /expected a chat completion from/],
  [
    'a parameter that is not taken',
    { status: 400, body: { error: { message: 'no top_k' } } },
    2,
    /no top_k - See the parameters/,
  ],
  ['a server error', { status: 503, body: 'loading' }, 5, /HTTP 503: loading - Look into/],
  ['a connection that is cut', { misbehaviour: 'reset' }, 5, /expected an answer from .* - Start the server/],
])('%s is a problem that says what to mend', async (_, scripted, code, line) => {
  const server = await serve(() => scripted)
  const examined = await examine(await createProject({ baseUrl: server.baseUrl }))
  expect(examined.lines.filter((one) => one.startsWith('problem'))).toEqual([expect.stringMatching(line)])
  expect(examined.code).toBe(code)
  expect(examined.requests).toBe(1)
})

test('a server that does not answer in time is down: code 5', async () => {
  const server = await serve(() => ({ misbehaviour: 'hang' }))
  const { code, lines } = await examine(await createProject({ baseUrl: server.baseUrl }), ['--timeout', '0.2'])
  expect(lines.filter((one) => one.startsWith('problem'))).toEqual([expect.stringMatching(/no answer within 0\.2 s/)])
  expect(code).toBe(5)
})

test('nobody listens: code 5; with a missing key as well 2, for that can be mended', async () => {
  const server = await serve(() => healthy)
  await server.close().catch(() => undefined)
  const project = await createProject({ baseUrl: 'http://127.0.0.1:1/v1' })
  expect(await examine(project)).toMatchObject({ code: 5 })
  const models = {
    play: { baseUrl: 'http://127.0.0.1:1/v1', model: 'play', apiKeyEnv: null },
    other: { baseUrl: 'http://127.0.0.1:1/v1', model: 'other', apiKeyEnv: 'NOT_SET_HERE' },
  }
  const two = await examine(await createProject({ baseUrl: '', config: { models } }))
  expect(two.code).toBe(2)
  expect(two.lines).toContainEqual(expect.stringMatching(/^problem model other: NOT_SET_HERE is not set/))
})

test.each<[string, (body: ChatBody) => Scripted, RegExp]>([
  [
    'turns response_format down',
    (body) => (isStructured(body) ? { status: 400, body: { error: { message: 'no response_format' } } } : healthy),
    /turned down with HTTP 400: no response_format - Judges are then asked in words/,
  ],
  ['ignores the schema', () => ({ content: 'Sure!' }), /taken, but the reply does not follow the schema/],
  [
    'cuts the reply',
    (body) => (isStructured(body) ? { content: '', finish_reason: 'length' } : healthy),
    /the reply was cut/,
  ],
])('a server that %s is a warning, for builds go on without', async (_, reply, line) => {
  const server = await serve(reply)
  const { code, lines } = await examine(await createProject({ baseUrl: server.baseUrl }))
  expect(lines).toContainEqual(expect.stringMatching(line))
  expect(code).toBe(0)
})

test('native reasoning that a server does not send is a warning', async () => {
  const config = { generate: { model: 'play', reasoning: 'native' } }
  const without = await serve(() => healthy)
  const { lines } = await examine(await createProject({ baseUrl: without.baseUrl, config }))
  expect(lines).toContainEqual(expect.stringMatching(/^warning model play: reasoning: generate\.reasoning is native/))
  const sending = await serve(() => ({ content: '{"ok": true}', reasoning_content: 'Hm.' }))
  const other = await examine(await createProject({ baseUrl: sending.baseUrl, config }))
  expect(other.lines).toContainEqual(expect.stringMatching(/^ok model play: reasoning: the server sends it/))
})

test('a key goes to its server and into no line, also where the server repeats it', async () => {
  const key = 'sk-secret-of-the-test'
  const server = await startServer((_, __, headers) => ({
    status: 401,
    body: { error: { message: `bad key ${headers.authorization}` } },
  }))
  const project = await createProject({ baseUrl: server.baseUrl, model: { apiKeyEnv: 'DOCTOR_KEY' } })
  const { lines } = await examine(project, [], { DOCTOR_KEY: key })
  expect(lines.join('\n')).toContain('Set DOCTOR_KEY to a key that this server knows')
  expect(lines.join('\n')).not.toContain(key)
  expect(server.requests.received[0]?.headers.authorization).toBe(`Bearer ${key}`)
})

test('each address of a model is tried', async () => {
  const [first, mirror] = [await serve(() => healthy), await serve(() => ({ status: 401, body: {} }))]
  const model = { mirrors: [{ baseUrl: mirror.baseUrl }] }
  const { code, lines } = await examine(await createProject({ baseUrl: first.baseUrl, model }))
  expect(lines).toContainEqual(expect.stringMatching(/^problem model play, mirror 1: .* HTTP 401/))
  expect(code).toBe(2)
})

test('a store that is no store, and an output folder that is a file, are problems', async () => {
  const server = await serve(() => healthy)
  const project = await createProject({ baseUrl: server.baseUrl })
  await mkdir(join(project.folder, '.safe-completions'))
  await writeFile(project.store, 'not a database')
  await writeFile(join(project.folder, 'builds'), '')
  const { code, lines } = await examine(project, ['--offline'])
  expect(lines).toContainEqual(expect.stringMatching(/^problem output: expected a folder, got a file/))
  expect(lines).toContainEqual(expect.stringMatching(/^problem store: /))
  expect(code).toBe(2)
})

test.skipIf(process.getuid?.() === 0)(
  'a folder that cannot be written to is a problem (not as root, who may)',
  async () => {
    const project = await createProject({ baseUrl: 'http://127.0.0.1:1/v1' })
    await chmod(project.folder, 0o500)
    const { lines } = await examine(project, ['--offline'])
    await chmod(project.folder, 0o700)
    expect(lines).toContainEqual(expect.stringMatching(/^problem output: cannot write to/))
  },
)

test.each(['abc', '-1', '0', '1e9'])(
  'a time-out of %s is a slip of the command line, and nothing is sent',
  async (timeout) => {
    const server = await startServer(() => ({ content: 'never' }))
    const project = await createProject({ baseUrl: server.baseUrl })
    const { code, stderr } = await runCli(['doctor', project.config, `--timeout=${timeout}`])
    expect([code, /error \[(\w+)\]/.exec(stderr)?.[1], server.requests.count]).toEqual([2, 'usage', 0])
  },
)
