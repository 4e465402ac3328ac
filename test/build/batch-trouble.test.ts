import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { noBudget } from '../../pipeline/executors/batch/wave-budget.ts'
import type { BatchScript, BatchServer, BatchServerOptions, CallScript } from '../support/batch-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { countAnswers, listBatches, runByBatch, serveBatches, type BatchRun } from './batch-project.ts'
import { createProject, type BuildProject } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const play = createPlayModel({ misfits: { malformed: 8, refused: 5 } })
const prompts = seedPrompts(4)
/** Each wave costs a pass: few waves, but several batches in each. */
const config = { batch: { requestsPerFile: 5, lookAhead: 'panel' } }
const serverError: CallScript = { before: { status: 503, body: '<h1>busy</h1>' } }

type Troubled = { readonly run: BatchRun; readonly server: BatchServer; readonly project: BuildProject }

async function buildIn(options: Partial<BatchServerOptions>, changes: Record<string, unknown> = {}): Promise<Troubled> {
  const server = await serveBatches({ reply: play, ...options })
  const project = await createProject({ baseUrl: server.baseUrl, prompts, config: { ...config, ...changes } })
  return { run: await runByBatch(project), server, project }
}

/** Ids hold the server's port, so only counts can be compared between servers. */
let expected: BatchRun['result']['counts'] | null = null
async function expectWhole({ run, server, project }: Troubled): Promise<void> {
  expected ??= (await buildIn({})).run.result.counts
  expect(run.trouble).toBeNull()
  expect(run.result.status).toBe('published')
  expect(run.result.counts).toEqual(expected)
  expect((await listBatches(project)).every(({ state }) => state === 'settled')).toBe(true)
  expect(server.submittedTwice).toEqual([])
}

describe('a build gets over trouble with a call, and pays for nothing twice:', () => {
  const onFirst =
    (kind: string, script: CallScript, times = 1): BatchServerOptions['onCall'] =>
    (call) =>
      call.kind === kind && call.n < times ? script : null

  test.each<[string, BatchServerOptions['onCall']]>([
    ['an upload that gets 503', onFirst('upload', serverError, 3)],
    ['an upload that is cut off', onFirst('upload', { before: 'reset' })],
    ['an upload whose reply is lost', onFirst('upload', { after: 'reset' })],
    ['429 for a create', onFirst('create', { before: { status: 429, headers: { 'retry-after-ms': '2' } } }, 2)],
    ['500 for a create that was not done', onFirst('create', { before: { status: 500 } })],
    ['500 for a create that was done', onFirst('create', { after: { status: 500 } })],
    ['a create whose reply is lost', onFirst('create', { after: 'reset' })],
    ['a create that is answered by a page', onFirst('create', { after: { status: 200, body: '<h1>Sign in</h1>' } })],
    ['a look that gets 502', onFirst('retrieve', { before: { status: 502 } }, 4)],
    ['a look whose reply is half', onFirst('retrieve', { before: { status: 200, body: '{"id":' } })],
    ['a download that gets 500', onFirst('content', { before: { status: 500 } }, 2)],
    ['a download that is cut off', onFirst('content', { cut: 0.5, ending: 'reset' }, 2)],
    ['a download that ends early as if whole', onFirst('content', { cut: 0.5, ending: 'end' }, 2)],
    ['a download that ends early at a line', onFirst('content', { cut: 0, ending: 'end' }, 2)],
  ])('%s', async (_, onCall) => {
    const troubled = await buildIn(onCall === undefined ? {} : { onCall })
    await expectWhole(troubled)
    const { server, project } = troubled
    expect(server.paidTwice).toEqual([])
    expect((await countAnswers(project)).surplus).toBe(0)
  })
})

describe('a build gets over trouble with a batch:', () => {
  const first =
    (script: BatchScript): BatchServerOptions['script'] =>
    (n) =>
      n === 0 ? script : {}
  const half = (_: string, line: number): boolean => line % 2 === 0

  test.each<[string, BatchServerOptions['script']]>([
    ['it expires with some answers', first({ end: 'expired', isAnswered: half })],
    ['it expires with none', first({ end: 'expired', isAnswered: () => false })],
    ['it is cancelled', first({ end: 'cancelled', isAnswered: half })],
    ['it fails without a reason', first({ end: 'failed' })],
    [
      'it fails for one line',
      first({ end: 'failed', errors: [{ code: 'invalid_json_line', message: 'oh', line: 2 }] }),
    ],
    [
      'it fails for want of room',
      first({ end: 'failed', errors: [{ code: 'token_limit_exceeded', message: 'full' }] }),
    ],
    ['a line gets 500', first({ reply: (_, line) => (line === 1 ? { status: 500, body: {} } : null) })],
    ['a line gets 429', first({ reply: (_, line) => (line === 1 ? { status: 429, body: {} } : null) })],
    ['its status is one that nobody knows', first({ steps: ['queued', 'validating', 'pondering'] })],
    ['its lines come in another order', () => ({ mangle: (lines) => lines.toReversed() })],
    ['lines come twice', () => ({ mangle: (lines) => [...lines, ...lines] })],
    ['lines of others come along', () => ({ mangle: (lines) => [...lines, unknownLine] })],
  ])('%s', async (_, script) => {
    const troubled = await buildIn(script === undefined ? {} : { script })
    await expectWhole(troubled)
    expect(troubled.server.paidTwice).toEqual([])
    expect((await countAnswers(troubled.project)).surplus).toBe(0)
  })

  test.each<[string, BatchScript]>([
    ['a line is missing', { mangle: (lines) => lines.slice(1) }],
    ['a line does not parse', { mangle: (lines) => lines.map((line, n) => (n === 0 ? line.slice(0, 40) : line)) }],
    ['the whole file is a page', { mangle: () => ['<h1>Sign in</h1>'] }],
  ])('%s, so its request is asked again', async (_, script) => {
    const troubled = await buildIn({ script: (n) => (n === 0 ? script : {}) })
    await expectWhole(troubled)
    expect(troubled.server.paidTwice.length).toBeGreaterThan(0)
    expect((await countAnswers(troubled.project)).surplus).toBe(0)
  })
})

const unknownLine = JSON.stringify({
  custom_id: 'f'.repeat(64),
  response: { status_code: 200, body: { choices: [{ message: { content: 'whose?' } }] } },
})

test('a request that fails in every batch is left open after its tries, and tried anew by the next run', async () => {
  let isSick = true
  const { run, server, project } = await buildIn(
    {
      script: () => ({ reply: (_, line) => (isSick && line === 0 ? { status: 500, body: {} } : null) }),
    },
    { batch: { requestsPerFile: 1000, lookAhead: 'panel', maxTries: 2 } },
  )
  if (run.result.status !== 'incomplete') throw new Error(`got ${run.result.status}`)
  expect(run.result.open[0]?.reply).toMatchObject({
    reason: 'provider_failed',
    detail: expect.stringContaining('after 2 batches'),
  })
  const perRequest = Map.groupBy(
    server.batches.flatMap((batch) => batch.lines),
    (line) => line.custom_id,
  )
  expect(Math.max(...[...perRequest.values()].map((lines) => lines.length))).toBe(2)
  isSick = false
  expect((await runByBatch(project)).result.status).toBe('published')
})

describe('nothing more is sent, and the reason is told, when', () => {
  test.each<[string, Partial<BatchServerOptions>, string, string]>([
    [
      'the server has no files',
      { onCall: ({ kind }) => (kind === 'upload' ? { before: { status: 404 } } : null) },
      'provider',
      'no Batch API',
    ],
    [
      'the server has no batches',
      { onCall: ({ kind }) => (kind === 'create' ? { before: { status: 405 } } : null) },
      'provider',
      'no Batch API',
    ],
    [
      'the key is wrong',
      { onCall: () => ({ before: { status: 401, body: { error: { message: 'bad key' } } } }) },
      'provider',
      'API key',
    ],
    [
      'the window is wrong',
      {
        onCall: ({ kind }) =>
          kind === 'create' ? { before: { status: 400, body: { error: { message: 'window' } } } } : null,
      },
      'provider',
      'completionWindow',
    ],
    [
      'the server stays down',
      { onCall: ({ kind }) => (kind === 'retrieve' ? serverError : null) },
      'provider_down',
      'run again',
    ],
    [
      'there is never room',
      {
        script: () => ({
          steps: ['validating'],
          end: 'failed',
          errors: [{ code: 'token_limit_exceeded', message: 'full' }],
        }),
      },
      'provider_down',
      'maxEnqueuedTokens',
    ],
    [
      'every line gets 401',
      { script: () => ({ reply: () => ({ status: 401, body: { error: { message: 'bad key' } } }) }) },
      'provider',
      'API key',
    ],
  ])('%s', async (_, options, code, remedy) => {
    const { run, server } = await buildIn(options)
    expect(run.result.status).toBe('incomplete')
    expect([run.trouble?.code, run.trouble?.remedy]).toEqual([code, expect.stringContaining(remedy)])
    expect(server.batches.length).toBeLessThan(40)
    expect(server.submittedTwice).toEqual([])
  })
})

test('a batch that the provider does not know any more is given up a day after its window', async () => {
  let isLost = true
  const server = await serveBatches({
    reply: play,
    onCall: ({ kind }) => (isLost && kind === 'retrieve' ? { before: { status: 404 } } : null),
  })
  const project = await createProject({ baseUrl: server.baseUrl, prompts, config })
  expect((await runByBatch(project, { isDetached: true })).result.status).toBe('incomplete')
  expect((await runByBatch(project)).trouble?.remedy).toContain('another project')
  const later = Date.now() + 49 * 3_600_000
  await runByBatch(project, { isDetached: true, now: () => later })
  isLost = false
  expect((await runByBatch(project)).result.status).toBe('published')
})

test('a judge whose server lacks response_format is asked in words, once for all of them', async () => {
  const server = await serveBatches({
    reply: (body, n) => {
      if ('response_format' in body)
        return { status: 400, body: { error: { message: 'unknown parameter response_format' } } }
      const schema = /"title"|must match this JSON Schema/.test(body.messages[0]?.content ?? '')
      return schema ? { content: 'no verdict' } : play(body, n)
    },
  })
  const project = await createProject({ baseUrl: server.baseUrl, prompts, config: { batch: { lookAhead: 'panel' } } })
  const { result } = await runByBatch(project)
  expect(result.status).toBe('held')
  const formed = server.batches.flatMap(({ lines, n }) =>
    lines.filter(({ body }) => 'response_format' in body).map(() => n),
  )
  // The first judge is asked before the classifier's answers in words have come.
  expect([...new Set(formed)]).toEqual([0, 1])
  expect(server.submittedTwice).toEqual([])
})

test('declined lines are answers where others of the batch were answered', async () => {
  // Which line is which follows from digests, and these from the server's port: the first generation is turned down.
  let isTurnedDown = false
  const reply: BatchServerOptions['reply'] = (body, n) => {
    if (isTurnedDown || 'response_format' in body) return play(body, n)
    isTurnedDown = true
    return { status: 400, body: { error: { message: 'not this one' } } }
  }
  const server = await serveBatches({ reply })
  const project = await createProject({ baseUrl: server.baseUrl, prompts, config: { batch: { lookAhead: 'panel' } } })
  const { result } = await runByBatch(project)
  expect(result.status).toBe('published')
  expect(result.counts.rejectedCandidates['generate']?.['declined']).toBe(1)
})

test('a server that echoes the authorization header as the reason of a failure leaks it nowhere', async () => {
  const apiKey = 'sk-test-0123456789abcdef'
  const echo = `authorization: Bearer ${apiKey}`
  const server = await serveBatches({
    reply: play,
    script: () => ({ end: 'failed', errors: [{ code: apiKey, message: echo, line: 1 }] }),
  })
  const project = await createProject({ baseUrl: server.baseUrl, prompts, config })
  const run = await runByBatch(project, { apiKey })
  const shown = JSON.stringify([run, run.trouble?.message, await listBatches(project)])
  expect(shown).toContain('authorization: Bearer [API key]')
  expect(shown).not.toContain(apiKey)
  for (const file of [project.store, `${project.store}-wal`]) {
    if (existsSync(file)) expect(readFileSync(file).includes(apiKey)).toBe(false)
  }
})

test('a generation that cannot be used counts at its worst case', async () => {
  const broken = { choices: [{ message: { content: 'x' }, finish_reason: 'error' }] }
  const server = await serveBatches({
    reply: play,
    script: (n) => (n === 0 ? { reply: (_, line) => (line === 0 ? { status: 200, body: broken } : null) } : {}),
  })
  const project = await createProject({ baseUrl: server.baseUrl, prompts, config })
  const assumed: string[] = []
  const budget = { ...noBudget, assume: (digest: string) => void assumed.push(digest) }
  expect((await runByBatch(project, { budget })).result.status).toBe('published')
  expect(assumed).toEqual([server.batches[0]?.lines[0]?.custom_id])
})
