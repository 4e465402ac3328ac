import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { takeBuildLock } from '../../pipeline/build/build-lock.ts'
import { exitCodes } from '../../pipeline/cli/exit-codes.ts'
import { createProject, digestShards, runProject, type BuildProject } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { runCli, startCli } from '../cli/run-cli.ts'
import { startBatchServer, type BatchServer } from '../support/batch-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { readStatusFile } from './read-status.ts'

/** Each starts processes, which take their time where other work goes on. */
vi.setConfig({ testTimeout: 120_000 })

/*
 * Every end that a scheduler can meet, brought about as it happens to people; then the same command again, once what was
 * wrong is mended. The shards must be those of a build that nothing happened to. One server for all, since its address is
 * part of the ids.
 */

const play = createPlayModel({ misfits: { malformed: 8, refused: 5 }, brokenJudges: 50 })
const key = 'sk-play-7f3a9c5e1b'
let isDown = false
let server: BatchServer
let folder: string
let expected: Readonly<Record<string, string>>
let total = 0

beforeAll(async () => {
  server = await startBatchServer({
    reply: (body, n) => (isDown ? { status: 503, body: 'down' } : play(body, n)),
    latencyMs: 15,
  })
  folder = await mkdtemp(join(tmpdir(), 'build-'))
  const { result } = await runProject(await createUntouched({}, folder))
  if (result.status !== 'published') throw new Error(`expected a published build, got ${result.status}`)
  expected = await digestShards(result.path)
  total = server.requests.count
}, 120_000)
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

async function createUntouched(config: Readonly<Record<string, unknown>> = {}, folder?: string): Promise<BuildProject> {
  return await createProject({
    baseUrl: server.baseUrl,
    prompts: seedPrompts(8),
    model: { apiKeyEnv: 'PLAY_KEY', maxTries: 1, maxReplyTokens: 100, limits: { outageSeconds: 1 } },
    config: { batch: { pollSeconds: 0.005 }, ...config },
    ...(folder === undefined ? {} : { folder }),
  })
}

type End = {
  readonly code: number | null
  readonly status: string
  /** Brings the build to its end, and mends what was wrong; returns the exit code. */
  readonly reach: (project: BuildProject) => Promise<number | null>
  readonly config?: Readonly<Record<string, unknown>>
  /** Of the run that ends it well. Default: none. */
  readonly args?: readonly string[]
}

const build = async (project: BuildProject, ...args: readonly string[]): Promise<number | null> =>
  (await runCli(['build', project.config, ...args], { env: { PLAY_KEY: key } })).code

async function endBySignal(project: BuildProject, signal: NodeJS.Signals): Promise<number | null> {
  const before = server.requests.count
  const { child, done } = startCli(['build', project.config], { env: { PLAY_KEY: key } })
  while (server.requests.count < before + 10) await sleep(2)
  child.kill(signal)
  return (await done).code
}

const ends: readonly (readonly [string, End])[] = [
  ['done', { code: exitCodes.done, status: 'published', reach: build }],
  [
    'a key that is missing',
    {
      code: exitCodes.userError,
      status: 'error',
      reach: async (project) => (await runCli(['build', project.config])).code,
    },
  ],
  [
    'a file of prompts that is missing',
    {
      code: exitCodes.userError,
      status: 'error',
      reach: async (project) => {
        const [file, aside] = [join(project.folder, 'prompts.jsonl'), join(project.folder, 'aside')]
        await rename(file, aside)
        const code = await build(project)
        await rename(aside, file)
        return code
      },
    },
  ],
  [
    'a gate that failed',
    {
      code: exitCodes.gateFailed,
      status: 'held',
      config: { gates: { minGradingCoverage: 1 } },
      reach: async (project) => {
        const code = await build(project)
        const text = await readFile(project.config, 'utf8')
        await writeFile(project.config, text.replace('minGradingCoverage: 1', 'minGradingCoverage: 0'))
        return code
      },
    },
  ],
  [
    'answers missing offline',
    { code: exitCodes.offlineMiss, status: 'offline_miss', reach: (project) => build(project, '--offline') },
  ],
  [
    'a provider that went down',
    {
      code: exitCodes.providerFailed,
      status: 'provider_failed',
      reach: async (project) => {
        const before = server.requests.count
        const { done } = startCli(['build', project.config], { env: { PLAY_KEY: key } })
        while (server.requests.count < before + 10) await sleep(2)
        isDown = true
        const { code } = await done
        isDown = false
        return code
      },
    },
  ],
  [
    'a budget that is reached',
    {
      code: exitCodes.budgetReached,
      status: 'budget_reached',
      reach: (project) => build(project, '--max-tokens', '20000'),
    },
  ],
  [
    'batches under way',
    {
      code: exitCodes.submitted,
      status: 'submitted',
      reach: (project) => build(project, '--executor', 'batch', '--detach'),
      args: ['--resume'],
    },
  ],
  ['SIGINT', { code: exitCodes.interrupted, status: 'interrupted', reach: (one) => endBySignal(one, 'SIGINT') }],
  ['SIGTERM', { code: exitCodes.interrupted, status: 'interrupted', reach: (one) => endBySignal(one, 'SIGTERM') }],
  ['SIGKILL', { code: null, status: 'running', reach: (one) => endBySignal(one, 'SIGKILL') }],
]

test.each(ends)(
  'after %s, the code and status say so, and the same command ends with the shards of an undisturbed build',
  async (_, { code, status, reach, config, args = [] }) => {
    const project = await createUntouched(config)
    const start = server.requests.count
    expect(await reach(project)).toBe(code)
    expect(await readStatusFile(project.home)).toMatchObject({ status, exitCode: code })
    expect(await build(project, ...args)).toBe(exitCodes.done)
    expect(await digestShards(join(project.home, 'latest'))).toEqual(expected)
    expect((await readStatusFile(project.home)).previous?.status).toBe(status === 'running' ? 'killed' : status)
    // What was answered is not asked again; a kill may lose what was in flight.
    if (status !== 'submitted' && status !== 'provider_failed') {
      expect(server.requests.count - start).toBeLessThanOrEqual(total + (code === null ? 8 : 0))
    }
  },
  120_000,
)

test('after a start that was refused, nothing was sent or written, and the same command ends well', async () => {
  const project = await createUntouched()
  const me = { runId: 'r-1', pid: 7, host: 'here', user: 'ann', since: '2026-01-01T00:00:00Z', command: 'x' }
  const lock = await takeBuildLock(project.home, me)
  const before = server.requests.count
  expect(await build(project)).toBe(exitCodes.locked)
  expect(server.requests.count).toBe(before)
  await expect(readStatusFile(project.home)).rejects.toThrow('ENOENT')
  await lock.release()
  expect(await build(project)).toBe(exitCodes.done)
  expect(await digestShards(join(project.home, 'latest'))).toEqual(expected)
}, 120_000)

test('every exit code of `build` but that of a bug is among the ends above', () => {
  const { bug: _bug, verifyFailed: _verify, locked: _locked, ...rest } = exitCodes
  expect(new Set(ends.map(([, { code }]) => code).filter((code) => code !== null))).toEqual(
    new Set(Object.values(rest)),
  )
})
