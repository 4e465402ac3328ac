import { expect, onTestFinished, test, vi } from 'vitest'
import { createProject, startServer } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { runCli } from '../cli/run-cli.ts'
import { startOtlpServer, type OtlpServer, type ReceivedPoint } from '../support/otlp-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { parseStatus } from './read-status.ts'

/** Each starts processes, which take their time where other work goes on. */
vi.setConfig({ testTimeout: 120_000 })

const key = 'sk-play-7f3a9c5e1b'
const model = { apiKeyEnv: 'PLAY_KEY', price: { inputPerMillion: 1, outputPerMillion: 10 } }

async function startCollector(status?: number): Promise<OtlpServer> {
  const collector = await startOtlpServer(status)
  onTestFinished(() => collector.close())
  return collector
}

const sum = (points: readonly ReceivedPoint[], part: Readonly<Record<string, string>> = {}): number =>
  points
    .filter(({ attributes }) => Object.entries(part).every(([name, value]) => attributes[name] === value))
    .reduce((all, { asDouble, asInt, sum }) => all + (asDouble ?? asInt ?? sum ?? 0), 0)

test('a collector gets a span for the build, each phase and each request sent, and figures that are those of the status', async () => {
  const server = await startServer(createPlayModel({ misfits: { refused: 20 } }))
  const collector = await startCollector()
  const config = { telemetry: { otlpEndpoint: collector.endpoint } }
  const prompts = seedPrompts(6)
  const project = await createProject({ baseUrl: server.baseUrl, prompts, config, model })
  const { code, stdout, stderr } = await runCli(['build', project.config, '--unattended'], { env: { PLAY_KEY: key } })
  expect(code, stderr).toBe(0)
  const { counts, requests, runId } = parseStatus(stdout)
  const { spans } = collector

  const [root, ...others] = spans.filter(({ parentSpanId }) => !parentSpanId)
  expect(others).toEqual([])
  expect(root).toMatchObject({
    name: 'build',
    attributes: { 'safe_completions.run.id': runId, 'safe_completions.status': 'published', 'process.exit.code': 0 },
  })
  for (const { traceId, parentSpanId, startTimeUnixNano, endTimeUnixNano } of spans) {
    expect(traceId).toBe(root?.traceId)
    expect([undefined, '', root?.spanId]).toContain(parentSpanId)
    expect(endTimeUnixNano).toBeGreaterThanOrEqual(startTimeUnixNano)
  }
  expect(spans.filter(({ name }) => name.startsWith('phase ')).map(({ name }) => name)).toEqual([
    'phase collect',
    'phase answer',
    'phase write',
  ])
  const chats = spans.filter(({ name }) => name === 'chat play')
  expect(chats.length).toBe(server.requests.count)
  expect(chats.find(({ attributes }) => attributes['safe_completions.step'] === 'grade:safety')?.attributes).toEqual({
    'safe_completions.build.name': 'test',
    'safe_completions.step': 'grade:safety',
    'safe_completions.category': expect.any(String),
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'play',
    'gen_ai.response.model': expect.any(String),
    'gen_ai.response.finish_reasons': 'complete',
    'gen_ai.usage.input_tokens': expect.any(Number),
    'gen_ai.usage.output_tokens': expect.any(Number),
    'server.address': '127.0.0.1',
  })

  const tokens = collector.points('gen_ai.client.token.usage')
  expect(sum(tokens, { 'gen_ai.token.type': 'input' })).toBe(requests?.run['promptTokens'])
  expect(sum(tokens, { 'gen_ai.token.type': 'output' })).toBe(requests?.run['completionTokens'])
  expect(sum(collector.points('safe_completions.cost'))).toBeCloseTo(requests?.run.costUsd ?? 0, 9)
  const asked = collector.points('safe_completions.requests')
  expect(sum(asked) - sum(asked, { 'safe_completions.request.outcome': 'reused' })).toBe(requests?.run.answers)
  expect(new Set(asked.map(({ attributes }) => attributes['safe_completions.request.outcome']))).toEqual(
    new Set(['complete', 'refused']),
  )
  const rows = collector.points('safe_completions.rows')
  expect(sum(rows, { 'safe_completions.row.outcome': 'accepted' })).toBe(counts?.accepted)
  expect(sum(rows, { 'safe_completions.row.kind': 'candidate' })).toBe(counts?.['candidates'])
  expect(collector.services).toEqual(new Set(['safe-completions']))

  // Neither texts nor keys.
  const text = collector.text()
  for (const word of ['lathe', 'harbour', 'The person wants', key]) expect(text).not.toContain(word)
})

test('OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_SERVICE_NAME are followed, and a failed request is a span with an error', async () => {
  const server = await startServer(() => ({ status: 500, body: 'secret words' }))
  const collector = await startCollector()
  const project = await createProject({
    baseUrl: server.baseUrl,
    prompts: seedPrompts(1),
    model: { maxTries: 1, limits: { outageSeconds: 1 } },
  })
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_SERVICE_NAME: 'nightly' }
  expect((await runCli(['build', project.config], { env })).code).toBe(5)
  expect(collector.services).toEqual(new Set(['nightly']))
  expect(collector.spans.find(({ name }) => name === 'build')).toMatchObject({
    attributes: { 'error.type': 'provider_failed', 'process.exit.code': 5 },
    status: { code: 2 },
  })
  expect(collector.spans.find(({ name }) => name === 'chat play')).toMatchObject({
    attributes: { 'error.type': 'provider_failed' },
    status: { code: 2 },
  })
  expect(collector.text()).not.toContain('secret words')
})

test('a collector that refuses everything is told of once and changes neither the build nor its code', async () => {
  const server = await startServer(createPlayModel())
  const collector = await startCollector(400)
  const config = { telemetry: { otlpEndpoint: collector.endpoint } }
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(2), config })
  const { code, stderr } = await runCli(['build', project.config])
  expect(code).toBe(0)
  expect(stderr.match(/OpenTelemetry: /g)?.length).toBe(1)
})

test('nothing is sent, and no SDK is loaded, unless a collector is configured', async () => {
  const server = await startServer(createPlayModel())
  const collector = await startCollector()
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(1) })
  const hook = `
    import { registerHooks } from 'node:module'
    import { writeSync } from 'node:fs'
    registerHooks({ load: (url, context, next) => (writeSync(2, url + '\\n'), next(url, context)) })`
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(hook)}`
  const loads = async (env: Readonly<Record<string, string>>): Promise<boolean> =>
    (await runCli(['build', project.config], { env: { ...env, NODE_OPTIONS } })).stderr.includes('/sdk-metrics/')
  expect(await loads({})).toBe(false)
  expect(collector.text()).toBe('[]')
  expect(await loads({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint })).toBe(true)
})
