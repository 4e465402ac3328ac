import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { build } from '../../pipeline/index.ts'
import { runCli, startCli } from '../cli/run-cli.ts'
import type { ChatBody } from '../support/chat-server.ts'
import {
  createFailingModel,
  filtered,
  formless,
  isAbout,
  refused,
  truncated,
  turnDown,
  type Failure,
} from '../support/failing-once.ts'
import { digestShards, startServer } from './build-project.ts'
import {
  codesByPrompt,
  createRetryProject,
  findAnswer,
  labelledPrompts,
  readLatestBuild,
  readRetries,
} from './retry-project.ts'

const unlabelled = 10
const prompts = labelledPrompts(16, unlabelled)
const textOf = (n: number): string => prompts[n]?.prompt ?? ''
const fail = (n: number, step: Failure['step'], reply: Failure['reply'], times = 1): Failure => ({
  prompt: textOf(n),
  step,
  reply,
  times,
})

const isRepair = ({ messages }: ChatBody): boolean => messages.some(({ role }) => role === 'assistant')

/** All of cyber, by the even number of its prompt. */
const everyFailure = [
  fail(0, 'generate', truncated),
  fail(2, 'generate', filtered),
  fail(4, 'generate', formless),
  fail(6, 'generate', turnDown(400)),
  fail(8, 'safety', { content: 'As a judge I cannot say.' }),
  fail(unlabelled, 'classify', { content: 'As a classifier I cannot say.' }),
  fail(12, 'generate', refused),
]
const everyCode = {
  0: 'truncated',
  2: 'content_filter',
  4: 'malformed',
  6: 'declined',
  8: 'ungraded',
  10: 'unclassified',
  12: 'model_refused',
}

test('what failed is asked again once, nothing else is, and all else stays byte for byte', async () => {
  const server = await startServer(createFailingModel(everyFailure))
  const project = await createRetryProject(server.baseUrl, prompts)
  await build({ config: project.config })
  const before = await readLatestBuild(project)
  expect(codesByPrompt(before.rejected, prompts)).toEqual(everyCode)
  const shardsBefore = await digestShards(before.path)
  const sent = server.requests.count

  const status = await build({ config: project.config, retryFailed: true })
  expect(status).toMatchObject({
    status: 'published',
    retries: {
      builds: [before.manifest.buildId],
      codes: { truncated: 1, malformed: 1, content_filter: 1, declined: 1, ungraded: 1, unclassified: 1 },
      requests: 6,
      askedBefore: 0,
    },
  })
  // A generation and its vote for four of them, the vote alone, and label, generation and vote.
  expect(server.requests.count - sent).toBe(4 * 2 + 1 + 3)
  const asked = server.requests.received.slice(sent)
  const isOfAFailure = ({ body }: { body: ChatBody }) => [0, 2, 4, 6, 8, 10].some((n) => isAbout(body, textOf(n)))
  expect(asked.every(isOfAFailure)).toBe(true)
  // Asked from the root: none of them is the repair of a reply that was no use.
  expect(asked.filter(({ body }) => isRepair(body))).toEqual([])
  expect(status.requests?.run.answers).toBe(asked.length)

  const after = await readLatestBuild(project)
  expect(codesByPrompt(after.rejected, prompts)).toEqual({ 12: 'model_refused' })
  expect(after.samples).toHaveLength(prompts.length - 1)
  const shardsAfter = await digestShards(after.path)
  const ofFraud = (digests: Record<string, string>) =>
    Object.entries(digests).filter(([path]) => path.startsWith('data/fraud/'))
  expect(ofFraud(shardsBefore).length).toBeGreaterThan(0)
  expect(ofFraud(shardsAfter)).toEqual(ofFraud(shardsBefore))
  for (const row of before.rejected) {
    for (const digest of z.array(z.string()).parse(row['requests'])) {
      expect(await findAnswer(project, digest)).not.toBeNull()
    }
  }

  const sentByThen = server.requests.count
  expect(await build({ config: project.config })).toMatchObject({ status: 'unchanged', retries: null })
  expect(await build({ config: project.config, recompute: true })).toMatchObject({ status: 'unchanged' })
  expect(await digestShards((await readLatestBuild(project)).path)).toEqual(shardsAfter)
  const again = await build({ config: project.config, retryFailed: true })
  expect(again).toMatchObject({ status: 'unchanged', exitCode: 0, retries: { codes: {}, requests: 0 } })
  expect(server.requests.count).toBe(sentByThen)
})

test('only the codes that are named are asked again, and a refusal only by its name', async () => {
  const server = await startServer(createFailingModel(everyFailure))
  const project = await createRetryProject(server.baseUrl, prompts)
  await build({ config: project.config })
  const named = await build({ config: project.config, retryFailed: ['model_refused', 'truncated'] })
  expect(named.retries?.codes).toEqual({ truncated: 1, model_refused: 1 })
  const { 0: _truncated, 12: _refused, ...rest } = everyCode
  expect(codesByPrompt((await readLatestBuild(project)).rejected, prompts)).toEqual(rest)
})

test('what fails again is asked again by the next run that is told to, in another attempt', async () => {
  const server = await startServer(createFailingModel([fail(0, 'generate', truncated, 2)]))
  const project = await createRetryProject(server.baseUrl, prompts.slice(0, 2))
  await build({ config: project.config })
  for (const [codes, left] of [
    [{ truncated: 1 }, { 0: 'truncated' }],
    [{ truncated: 1 }, {}],
    [{}, {}],
  ] as const) {
    expect((await build({ config: project.config, retryFailed: true })).retries?.codes).toEqual(codes)
    expect(codesByPrompt((await readLatestBuild(project)).rejected, prompts)).toEqual(left)
  }
  const retries = await readRetries(project)
  expect(retries.map(({ attempt, reason }) => [attempt, reason])).toEqual([
    [1, 'truncated'],
    [2, 'truncated'],
  ])
  expect(new Set(retries.map(({ digest }) => digest)).size).toBe(1)
})

test.each(['generate', 'safety'] as const)(
  'a %s reply that is as bad as before gets a new repair, not the stored one',
  async (step) => {
    const model = createFailingModel([fail(0, step, formless)])
    // The first question is answered badly always, its repair the first time only.
    const bad = createFailingModel([fail(0, step, formless, 1000)])
    const server = await startServer((body, n) => (isRepair(body) ? model(body, n) : bad(body, n)))
    const project = await createRetryProject(server.baseUrl, prompts.slice(0, 2))
    await build({ config: project.config })
    const { rejected } = await readLatestBuild(project)
    expect(codesByPrompt(rejected, prompts)).toEqual({ 0: step === 'generate' ? 'malformed' : 'ungraded' })
    const status = await build({ config: project.config, retryFailed: true })
    expect(status.retries?.requests).toBe(1)
    expect((await readLatestBuild(project)).rejected).toEqual([])
  },
)

describe('a run that is killed right after it decided what to ask again', () => {
  test.each([true, false])(
    'is gone on with, told to retry: %s, and nothing is noted twice',
    async (retryFailed) => {
      const model = createFailingModel([fail(0, 'generate', truncated), fail(2, 'generate', filtered)])
      let isHanging = false
      const server = await startServer((body, n) => (isHanging ? { misbehaviour: 'hang' } : model(body, n)))
      const project = await createRetryProject(server.baseUrl, prompts.slice(0, 4))
      await build({ config: project.config })
      const { buildId } = (await readLatestBuild(project)).manifest
      isHanging = true
      const sent = server.requests.count
      const { child, done } = startCli(['build', project.config, '--retry-failed'])
      await expect.poll(() => server.requests.count, { timeout: 60_000 }).toBeGreaterThan(sent)
      child.kill('SIGKILL')
      expect((await done).signal).toBe('SIGKILL')
      isHanging = false
      const noted = await readRetries(project)
      expect(noted).toHaveLength(2)

      const status = await build({ config: project.config, retryFailed })
      expect(status).toMatchObject({ status: 'published', previous: { status: 'killed' } })
      expect(status.retries).toEqual(retryFailed ? { builds: [buildId], codes: {}, requests: 0, askedBefore: 2 } : null)
      expect(await readRetries(project)).toEqual(noted)
      expect((await readLatestBuild(project)).rejected).toEqual([])
    },
    90_000,
  )
})

describe('what was declined and is declined again, when nothing else is asked in the run', () => {
  test.each([400, 403, 413, 422])('with %i, ends as declined again and holds up no build', async (code) => {
    const server = await startServer(createFailingModel([fail(2, 'generate', turnDown(code), 2)]))
    const project = await createRetryProject(server.baseUrl, prompts.slice(0, 4), {
      rowsInFlight: 1,
      models: { play: { baseUrl: server.baseUrl, model: 'play', apiKeyEnv: null, concurrency: 1 } },
    })
    await build({ config: project.config })
    expect(codesByPrompt((await readLatestBuild(project)).rejected, prompts)).toEqual({ 2: 'declined' })
    expect(await build({ config: project.config, retryFailed: true })).toMatchObject({ status: 'published' })
    expect(codesByPrompt((await readLatestBuild(project)).rejected, prompts)).toEqual({ 2: 'declined' })
    expect(await build({ config: project.config, retryFailed: true })).toMatchObject({ status: 'published' })
    expect((await readLatestBuild(project)).rejected).toEqual([])
  })
})

test('a build that a gate held back for what failed is what is asked again', async () => {
  const server = await startServer(createFailingModel([fail(0, 'safety', formless)]))
  const project = await createRetryProject(server.baseUrl, prompts.slice(0, 4), { gates: { minGradingCoverage: 1 } })
  const held = await build({ config: project.config })
  expect(held).toMatchObject({ status: 'held', exitCode: 3 })
  const status = await build({ config: project.config, retryFailed: true })
  expect(status).toMatchObject({ status: 'published', retries: { builds: [held.buildId], codes: { ungraded: 1 } } })
})

test('the first build of a name has nothing to ask again, and says so', async () => {
  const server = await startServer(createFailingModel([]))
  const project = await createRetryProject(server.baseUrl, prompts.slice(0, 2))
  const { code, stdout, stderr } = await runCli(['build', '--retry-failed', project.config])
  expect(code, stderr).toBe(0)
  expect(stderr).toContain('--retry-failed: nothing to ask again: no whole build stands yet')
  expect(stdout).toContain('retries     nothing to ask again')
})

test('what is asked again spends of the budget; the next run goes on without being told again', async () => {
  const parameters = { max_tokens: 100 }
  const server = await startServer(createFailingModel([fail(0, 'generate', truncated)]))
  const models = { play: { baseUrl: server.baseUrl, model: 'play', apiKeyEnv: null, parameters } }
  const project = await createRetryProject(server.baseUrl, prompts.slice(0, 2), { models })
  await build({ config: project.config })
  const poor = await build({ config: project.config, retryFailed: true, maxTokens: 10 })
  expect(poor).toMatchObject({ status: 'budget_reached', exitCode: 7, retries: { requests: 1 } })
  expect(await build({ config: project.config })).toMatchObject({ status: 'published' })
  expect((await readLatestBuild(project)).rejected).toEqual([])
  expect(await readRetries(project)).toHaveLength(1)
})

test.each([
  [['--retry-failed=truncated,unsafe'], 'expected codes of truncated, malformed, content_filter, declined, '],
  [['--retry-failed', '--offline'], 'expected --retry-failed or --offline, got both'],
])('%j is refused, and notes nothing', async (options, message) => {
  const server = await startServer(createFailingModel([fail(0, 'generate', truncated)]))
  const project = await createRetryProject(server.baseUrl, prompts.slice(0, 2))
  await build({ config: project.config })
  const { code, stderr } = await runCli(['build', project.config, ...options])
  expect(code, stderr).toBe(2)
  expect(stderr).toContain(message)
  expect(await readRetries(project)).toEqual([])
})

test('show tells what came before an answer that was asked for again', async () => {
  const server = await startServer(createFailingModel([fail(0, 'generate', truncated)]))
  const project = await createRetryProject(server.baseUrl, prompts.slice(0, 1))
  await build({ config: project.config })
  await build({ config: project.config, retryFailed: true })
  const [id = ''] = (await readLatestBuild(project)).samples.map((row) => z.string().parse(row['id']))
  const { stdout } = await runCli(['show', id, '-c', project.config])
  expect(stdout).toContain('asked again (1)')
  expect(stdout).toContain('answer (truncated)')
  expect(stdout).toContain('answer (complete)')
})
