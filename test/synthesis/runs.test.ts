import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { takeBuildLock } from '../../pipeline/build/build-lock.ts'
import { identifyRun } from '../../pipeline/cli/run-identity.ts'
import { findSlotImbalance } from '../../pipeline/synthesis/synthesis-counts.ts'
import { buildWhole, createFolder, createProject, listVisible, startServer } from '../build/build-project.ts'
import { serveBatches } from '../build/batch-project.ts'
import { runCli, startCli, type CliResult } from '../cli/run-cli.ts'
import type { ChatServer } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { playWriter } from './play-writer.ts'
import {
  createSynthesis,
  makeSet,
  readBytes,
  readLatestSet,
  type SynthesisOptions,
  type SynthesisProject,
} from './synthesis-project.ts'

const statusSchema = z.looseObject({
  status: z.string(),
  exitCode: z.int(),
  message: z.string(),
  path: z.string().nullable(),
  requests: z.looseObject({ reused: z.int(), run: z.looseObject({ answers: z.int() }) }).nullable(),
})

async function synthesize(
  project: SynthesisProject,
  ...args: readonly string[]
): Promise<CliResult & { readonly status: z.infer<typeof statusSchema> }> {
  const result = await runCli(['prompts', 'synthesize', project.config, '--json', ...args])
  return { ...result, status: statusSchema.parse(JSON.parse(result.stdout)) }
}

type Served = SynthesisProject & { readonly server: ChatServer }

async function serve(options: Omit<SynthesisOptions, 'baseUrl'> = {}, latencyMs = 0): Promise<Served> {
  const server = await startServer(playWriter(), { latencyMs })
  return { ...(await createSynthesis({ baseUrl: server.baseUrl, ...options })), server }
}

/** The same config with a store and an output folder of its own. */
async function copyWith(project: SynthesisProject, more: string): Promise<SynthesisProject> {
  const folder = await createFolder()
  const config = join(folder, 'synthesis.yaml')
  await writeFile(config, `${await readFile(project.config, 'utf8')}${more}`)
  return { folder, config, home: join(folder, 'synthesized', 'test') }
}

test('a second run sends nothing and leaves the set as it is; a new place has the same bytes', async () => {
  const project = await serve()
  const first = await synthesize(project)
  expect(first).toMatchObject({ code: 0, status: { status: 'published', requests: { reused: 0 } } })
  const sent = project.server.requests.count
  expect(first.status.requests?.run.answers).toBe(sent)
  const bytes = await readBytes(first.status.path ?? '')
  expect(Object.keys(bytes)).toEqual(['prompts.jsonl', 'rejected.jsonl', 'synthesis.json'])

  const second = await synthesize(project)
  expect(second).toMatchObject({ code: 0, status: { status: 'unchanged', requests: { run: { answers: 0 } } } })
  const store = JSON.stringify(join(project.folder, '.safe-completions', 'answers.db'))
  const elsewhere = await copyWith(project, `store: ${store}\n`)
  const third = await synthesize(elsewhere, '--offline')
  expect(third).toMatchObject({ code: 0, status: { status: 'published' } })
  expect(await readBytes(third.status.path ?? '')).toEqual(bytes)
  expect(await readLatestSet(elsewhere)).toBe(third.status.path)
  expect(project.server.requests.count).toBe(sent)
})

test('a damaged set makes room for the whole one', async () => {
  const project = await serve()
  const { path } = (await synthesize(project)).status
  const bytes = await readBytes(path ?? '')
  await writeFile(join(path ?? '', 'prompts.jsonl'), 'cut off')
  expect((await synthesize(project, '--offline')).status.status).toBe('published')
  expect(await readBytes(path ?? '')).toEqual(bytes)
})

test('offline without answers ends with code 4, names what is missing and writes no set', async () => {
  const project = await serve()
  const { code, status } = await synthesize(project, '--offline')
  expect(code).toBe(4)
  expect(status).toMatchObject({ status: 'offline_miss', path: null })
  expect(status.message).toContain('36 of 36 places for a prompt wait for an answer')
  expect(JSON.stringify(status)).toContain('/benign/original/en synthesize:write')
  expect(await listVisible(project.home)).toEqual(['status.json'])
  expect(project.server.requests.count).toBe(0)
})

test('a run that is killed again and again pays for nothing twice and ends with the bytes of one that was not', async () => {
  const reference = await serve()
  const whole = await synthesize(reference)
  const expected = await readBytes(whole.status.path ?? '')
  const total = reference.server.requests.count
  // The same server, since its address is part of every request.
  const project = await copyWith(reference, '')
  let kills = 0
  for (const share of [0.1, 0.3, 0.6, 0.9]) {
    const { child, done } = startCli(['prompts', 'synthesize', project.config])
    while (child.exitCode === null && reference.server.requests.count < total * (1 + share)) await sleep(1)
    child.kill('SIGKILL')
    if ((await done).signal === 'SIGKILL') kills += 1
    const left = await listVisible(project.home)
    expect(left.filter((name) => !['latest', 'status.json', whole.status['setId']].includes(name))).toEqual([])
  }
  expect(kills).toBeGreaterThan(0)
  const last = await synthesize(project)
  expect(last.code).toBe(0)
  expect(await readBytes(last.status.path ?? '')).toEqual(expected)
  // What was in flight at a kill may be asked for once more; nothing else is.
  expect(reference.server.requests.count - total).toBeLessThanOrEqual(total + kills * 16)
})

test('a run stops at its cap with code 7 and goes on under the next one, to the same bytes', async () => {
  const price = { inputPerMillion: 1, outputPerMillion: 10 }
  const project = await serve({ model: { price, maxReplyTokens: 200, concurrency: 2 } })
  const whole = await makeSet(await copyWith(project, ''))
  const total = whole.result.ledger.total().run.costUsd
  const capped = await copyWith(project, `budget: { maxCostUsd: ${total / 3} }\n`)
  const first = await synthesize(capped)
  expect(first).toMatchObject({ code: 7, status: { status: 'budget_reached', path: null } })
  let spent = Number(first.status.requests?.run['costUsd'])
  let runs = 1
  let last = await makeSet(capped)
  for (; last.result.status === 'incomplete' && runs < 40; runs += 1) {
    expect(last.hopeless).toBe('budget')
    spent += last.result.ledger.total().run.costUsd
    last = await makeSet(capped)
  }
  expect(runs).toBeGreaterThanOrEqual(2)
  spent += last.result.ledger.total().run.costUsd
  expect(spent).toBeCloseTo(total, 9)
  if (whole.result.status !== 'published' || last.result.status !== 'published') throw new Error('expected two sets')
  expect(await readBytes(last.result.path)).toEqual(await readBytes(whole.result.path))
})

test('by batches the set is that of a live run', async () => {
  const server = await serveBatches({ reply: playWriter() })
  const batch = { pollSeconds: 0.01, submitGraceSeconds: 0.01 }
  const project = await createSynthesis({ baseUrl: server.baseUrl, config: { batch } })
  const live = await makeSet(await copyWith(project, ''))
  const batched = await makeSet(project, { kind: 'batch' })
  expect(batched.result).toMatchObject({ status: 'published', counts: live.result.counts })
  expect(batched.prompts).toEqual(live.prompts)
  expect(batched.rejected).toEqual(live.rejected)
  const store = openSqliteStore(join(project.folder, '.safe-completions', 'answers.db'))
  const measures = await store.measure()
  await store.close()
  expect(measures.map(({ via }) => via)).toEqual(measures.map(() => 'batch'))
})

test('Ctrl-C lets what is in flight come in, ends with code 130, and the next run goes on from there', async () => {
  const project = await serve({ model: { concurrency: 2 } }, 20)
  const { child, done } = startCli(['prompts', 'synthesize', project.config, '--json'])
  while (child.exitCode === null && project.server.requests.count < 5) await sleep(1)
  child.kill('SIGINT')
  const { code, stdout } = await done
  expect(code).toBe(130)
  expect(statusSchema.parse(JSON.parse(stdout))).toMatchObject({ status: 'interrupted', path: null })
  const sent = project.server.requests.count
  const next = await makeSet(project)
  expect(next.result).toMatchObject({ status: 'published', counts: { accepted: 36 } })
  expect(next.result.ledger.total().reused).toBe(sent)
})

test('a run whose answers are all there ends early as well: families that were not begun are open, and slots balance', async () => {
  const project = await serve({ config: { familiesPerTopic: 30 }, model: { concurrency: 1 } })
  const whole = await makeSet(project)
  const giveUp = new AbortController()
  const { result } = await makeSet(project, {
    giveUp,
    kind: 'offline',
    onProgress({ done }) {
      if (done > 0) giveUp.abort(new DOMException('interrupted', 'AbortError'))
    },
  })
  const { slots, open, accepted } = result.counts
  expect(result.status).toBe('incomplete')
  expect(slots).toBe(whole.result.counts.slots)
  expect(open).toBeGreaterThan(slots / 2)
  expect(accepted).toBeGreaterThan(0)
  expect(findSlotImbalance(result.counts)).toBeNull()
})

test('a second run of one name is turned away with code 9 while the first one runs, and touches nothing', async () => {
  const project = await serve()
  const lock = await takeBuildLock(project.home, identifyRun())
  const { code, stderr } = await runCli(['prompts', 'synthesize', project.config])
  expect(code).toBe(9)
  expect(stderr).toContain('locked')
  expect(project.server.requests.count).toBe(0)
  expect(await listVisible(project.home)).toEqual([])
  await lock.release()
})

test('where nothing is accepted nothing is published, and the reasons are put aside', async () => {
  const server = await startServer(() => ({ content: null, refusal: 'I do not write such things.' }))
  const project = await createSynthesis({ baseUrl: server.baseUrl })
  const { code, status } = await synthesize(project)
  expect(code).toBe(3)
  expect(status.status).toBe('held')
  const bytes = await readBytes(status.path ?? '')
  expect(Object.keys(bytes)).toEqual(['rejected.jsonl', 'synthesis.json'])
  expect(bytes['rejected.jsonl']?.trim().split('\n').length).toBe(36)
  expect(await readLatestSet(project)).toBeNull()
})

test('a server that fails leaves no set, and the next run goes on with what was answered', async () => {
  let isDown = true
  const play = playWriter()
  const server = await startServer((body, n) => (isDown && n > 10 ? { status: 500, body: 'oh' } : play(body)))
  const project = await createSynthesis({
    baseUrl: server.baseUrl,
    model: { maxTries: 1, limits: { outageSeconds: 0.2 } },
  })
  const first = await makeSet(project)
  expect(first.result.status).toBe('incomplete')
  expect(await listVisible(project.home)).toEqual([])
  isDown = false
  const second = await makeSet(project)
  expect(second.result).toMatchObject({ status: 'published', counts: { accepted: 36 } })
  expect(second.result.ledger.total().reused).toBe(11)
})

describe('a plan', () => {
  const planSchema = z.looseObject({
    requests: z.object({ min: z.int(), max: z.int() }),
    costUsd: z.number().nullable(),
    steps: z.array(z.looseObject({ step: z.string(), missing: z.int(), later: z.int(), basis: z.string() })),
  })
  const plan = async (project: SynthesisProject): Promise<z.infer<typeof planSchema>> =>
    planSchema.parse(JSON.parse((await runCli(['prompts', 'synthesize', project.config, '--plan', '--json'])).stdout))

  test('counts at most what a run sends if everything is accepted, sends nothing and reads no key', async () => {
    const price = { inputPerMillion: 1, outputPerMillion: 10 }
    const project = await serve({ model: { price, maxReplyTokens: 200, apiKeyEnv: 'NO_SUCH_KEY_IS_SET' } })
    const before = await plan(project)
    expect(before.requests.min).toBe(3)
    expect(before.steps.map(({ step, missing, later }) => [step, missing, later])).toEqual([
      ['synthesize:write', 3, 0],
      ['synthesize:paraphrase', 0, 9],
      ['synthesize:translate', 0, 18],
      ['synthesize:verify', 0, 36],
    ])
    expect(project.server.requests.count).toBe(0)
    const config = (await readFile(project.config, 'utf8')).replaceAll('NO_SUCH_KEY_IS_SET', 'null')
    await writeFile(project.config, config)
    const made = await makeSet(project)
    expect(project.server.requests.count).toBe(before.requests.max)
    expect(before.costUsd).toBeGreaterThanOrEqual(made.result.ledger.total().run.costUsd)
    expect(await plan(project)).toMatchObject({ requests: { min: 0, max: 0 }, costUsd: 0 })
  })

  test('of a new topic counts the new alone, with measured tokens', async () => {
    const project = await serve()
    await makeSet(project)
    const config = await readFile(project.config, 'utf8')
    await writeFile(
      config === '' ? '' : project.config,
      config.replace('topics:\n', `topics:\n  - text: bills for goods that nobody ordered\n    category: fraud\n`),
    )
    const { requests, costUsd, steps } = await plan(project)
    expect(requests).toEqual({ min: 1, max: 22 })
    // There is no price, and none is made up.
    expect(costUsd).toBeNull()
    expect(steps.every(({ basis }) => basis === 'measured')).toBe(true)
  })
})

test('a build takes a set as a source untouched: no row is bad, no label is missing, no family is split', async () => {
  const project = await serve()
  const { prompts } = await makeSet(project)
  const labels = { category: 'category', intent: 'intent', family: 'family', language: 'language' }
  const path = join(project.home, 'latest', 'prompts.jsonl')
  const sources = [{ name: 'synthetic', path, fields: { prompt: 'prompt', ...labels } }]
  const answering = await startServer(createPlayModel())
  const config = { sources, classify: null, generate: { model: 'play', candidates: 4 }, emit: { validationShare: 0.4 } }
  const build = await createProject({ baseUrl: answering.baseUrl, config })
  const { manifest, samples, rejected } = await buildWhole(build)
  expect(manifest.counts).toMatchObject({ rowsRead: prompts.length, badRows: 0, gradedPrompts: prompts.length })
  const ids = new Set([...samples, ...rejected].map((row) => row['prompt_id']))
  expect(ids).toEqual(new Set(prompts.map(({ id }) => id)))
  expect((await verifyBuild(join(build.home, 'latest'))).problems).toEqual([])
  const { stdout } = await runCli(['prompts', 'coverage', build.config, '--json'])
  expect(JSON.parse(stdout)).toMatchObject({
    coverage: { prompts: prompts.length, language: { detected: 0, unknown: 0 } },
  })
  expect(stdout).not.toContain('unlabelled')
})

test("a verifier that is a build's classifier has answered it already", async () => {
  const project = await serve()
  await makeSet(project)
  const path = join(project.home, 'latest', 'prompts.jsonl')
  const sources = [{ name: 'synthetic', path, fields: { prompt: 'prompt' } }]
  const store = join(project.folder, '.safe-completions', 'answers.db')
  const model = { model: 'play-checker' }
  const build = await createProject({ baseUrl: project.server.baseUrl, model, config: { sources, store } })
  const { stdout } = await runCli(['plan', build.config, '--json'])
  const steps = z
    .looseObject({
      strategies: z.array(
        z.looseObject({ steps: z.array(z.looseObject({ step: z.string(), missing: z.int(), reused: z.int() })) }),
      ),
    })
    .parse(JSON.parse(stdout)).strategies[0]?.steps
  expect(steps?.find(({ step }) => step === 'classify')).toMatchObject({ missing: 0, reused: 36 })
  const opened = openSqliteStore(store)
  expect((await opened.count()).surplus).toBe(0)
  await opened.close()
})

test('the shipped example replays without a server', async () => {
  const config = join(import.meta.dirname, '../../data/synthesis.yaml')
  const text = await readFile(config, 'utf8')
  const folder = await createFolder()
  const copy = join(folder, 'synthesis.yaml')
  const data = join(import.meta.dirname, '../../data')
  await writeFile(
    copy,
    text
      .replace('path: seeds/', `path: ${data}/seeds/`)
      .replace('recordings: recordings/', `recordings: ${data}/recordings/`)
      .replace('../.safe-completions/', ''),
  )
  const { code, status } = await synthesize({ folder, config: copy, home: '' }, '--offline')
  expect(code).toBe(0)
  expect(status).toMatchObject({
    setId: 's-b8819543c10ca661',
    counts: { slots: 72, accepted: 64, rejected: { verify: { intent_mismatch: 2 } } },
    requests: { reused: 120, run: { answers: 0 } },
  })
})
