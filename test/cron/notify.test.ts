import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test, vi } from 'vitest'
import { takeBuildLock } from '../../pipeline/build/build-lock.ts'
import { createProject, startServer, type BuildProject } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { runCli } from '../cli/run-cli.ts'
import { listenOnLoopback } from '../support/listen-on-loopback.ts'
import { createPlayModel } from '../support/play-model.ts'
import { parseLog, parseStatus } from './read-status.ts'

/** Each starts processes, which take their time where other work goes on. */
vi.setConfig({ testTimeout: 120_000 })

const key = 'sk-play-7f3a9c5e1b'

/** A receiver that answers with these statuses in turn, the last one from then on. */
async function startReceiver(statuses: readonly number[]): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = []
  const answer = async (request: IncomingMessage): Promise<number> => {
    bodies.push(await text(request))
    return statuses[Math.min(bodies.length, statuses.length) - 1] ?? 500
  }
  const server = createServer((request, response) => {
    void answer(request).then((status) => response.writeHead(status).end('kept to ourselves'))
  })
  return { url: `${await listenOnLoopback(server)}/hooks/T0-s3cret`, bodies }
}

async function createTold(notify: Readonly<Record<string, unknown>>): Promise<BuildProject> {
  const server = await startServer(createPlayModel())
  const model = { apiKeyEnv: 'PLAY_KEY' }
  return await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(2), config: { notify }, model })
}

const build = (project: BuildProject, env: Readonly<Record<string, string>> = {}) =>
  runCli(['build', project.config, '--unattended'], { env: { PLAY_KEY: key, ...env } })

/** Writes its arguments, its environment and its stdin to a file. */
const recorder = `
  import { readFileSync, writeFileSync } from 'node:fs'
  const [file, ...args] = process.argv.slice(2)
  writeFileSync(file, JSON.stringify({ args, env: process.env, stdin: readFileSync(0, 'utf8') }))`

test('a command gets the status on its stdin, its arguments as they are, and no key', async () => {
  const hostile = '$(touch pwned); "*" \n| cat'
  const project = await createTold({ on: ['published'], command: [process.execPath, 'hook.mjs', 'out.json', hostile] })
  await writeFile(join(project.folder, 'hook.mjs'), recorder)
  const { code, stdout, stderr } = await build(project, { SOMETHING: 'else' })
  expect(code, stderr).toBe(0)
  const out: unknown = JSON.parse(await readFile(join(project.folder, 'out.json'), 'utf8'))
  expect(out).toMatchObject({ args: [hostile], env: { SOMETHING: 'else' }, stdin: expect.any(String) })
  expect(JSON.stringify(out)).not.toContain(key)
  expect(parseStatus(readInput(out))).toEqual(parseStatus(stdout))
})

function readInput(out: unknown): string {
  if (typeof out !== 'object' || out === null || !('stdin' in out) || typeof out.stdin !== 'string') {
    throw new Error('expected what the hook wrote')
  }
  return out.stdin
}

test('a webhook gets the status as JSON, is tried again when it is busy, and its URL from the environment is nowhere', async () => {
  const { url, bodies } = await startReceiver([503, 200])
  const project = await createTold({ on: ['published'], webhook: { urlEnv: 'HOOK_URL' } })
  const { code, stdout, stderr } = await build(project, { HOOK_URL: url })
  expect(code, stderr).toBe(0)
  expect(bodies.length).toBe(2)
  expect(parseStatus(bodies[1] ?? '')).toEqual(parseStatus(stdout))
  expect(parseLog(stderr).filter(({ event }) => event === 'hook_sent').length).toBe(1)
  expect(stdout + stderr).not.toContain('s3cret')
})

test.each<[string, Readonly<Record<string, unknown>>, string]>([
  [
    'a command that fails',
    { command: [process.execPath, '-e', 'console.error("no mail"); process.exit(3)'] },
    'ended with code 3: no mail',
  ],
  ['a command that is not there', { command: ['no-such-program'] }, 'ENOENT'],
  [
    'a command that does not end',
    { command: [process.execPath, '-e', 'setInterval(() => 0, 1000)'], commandTimeoutSeconds: 0.3 },
    'did not end within 0.3 s',
  ],
  ['a webhook that is not there', { webhook: { url: 'http://127.0.0.1:1/T0-s3cret', tries: 1 } }, 'ECONNREFUSED'],
  [
    'a webhook whose variable is not set',
    { webhook: { urlEnv: 'HOOK_URL' } },
    'expected the URL of the webhook in HOOK_URL',
  ],
])('%s is logged and changes neither the build nor its code', async (_, notify, reason) => {
  const project = await createTold({ on: ['published'], ...notify })
  const { code, stdout, stderr } = await build(project)
  expect(code, stderr).toBe(0)
  expect(parseStatus(stdout).status).toBe('published')
  const failed = parseLog(stderr).find(({ event }) => event === 'hook_failed')
  expect(failed).toMatchObject({ level: 'warn', message: expect.stringContaining(reason) })
  expect(stderr).not.toContain('s3cret')
})

test('a webhook that turns the message down is not asked again', async () => {
  const { url, bodies } = await startReceiver([410])
  const project = await createTold({ on: ['published'], webhook: { url } })
  const { stderr } = await build(project)
  expect(bodies.length).toBe(1)
  expect(stderr).toContain('got 410')
})

test('ends that are not asked for are not told of: by default a build that went well', async () => {
  const { url, bodies } = await startReceiver([200])
  const project = await createTold({ webhook: { url } })
  expect((await build(project)).code).toBe(0)
  expect(bodies).toEqual([])
  expect((await runCli(['build', project.config, '--recompute'], {})).code).toBe(2)
  expect(bodies.map((body) => parseStatus(body).status)).toEqual(['error'])
})

test('a start that was refused is told of', async () => {
  const { url, bodies } = await startReceiver([200])
  const project = await createTold({ webhook: { url } })
  const me = { runId: 'r-1', pid: 7, host: 'here', user: 'ann', since: '2026-01-01T00:00:00Z', command: 'x' }
  const lock = await takeBuildLock(project.home, me)
  onTestFinished(lock.release)
  expect((await build(project)).code).toBe(9)
  expect(bodies.map((body) => parseStatus(body).status)).toEqual(['locked'])
})
