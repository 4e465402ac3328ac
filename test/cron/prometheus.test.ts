import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { createProject, startServer, type BuildProject } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { runCli } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'
import { readStatusFile } from './read-status.ts'

/** Each starts processes, which take their time where other work goes on. */
vi.setConfig({ testTimeout: 120_000 })

const name = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const labels = `\\{(?:${name}="(?:[^"\\\\\\n]|\\\\["\\\\n])*",?)*\\}`
/** prometheus.io/docs/instrumenting/exposition_formats: nothing else may stand in a line. */
const line = new RegExp(`^(?:# HELP ${name} .*|# TYPE ${name} gauge|${name}(?:${labels})? -?[0-9.e+-]+)$`)

async function readMetrics(project: BuildProject): Promise<ReadonlyMap<string, number>> {
  const text = await readFile(join(project.folder, 'metrics', 'test.prom'), 'utf8')
  expect(text.endsWith('\n')).toBe(true)
  const lines = text.split('\n').filter((one) => one !== '')
  expect(lines.filter((one) => !line.test(one))).toEqual([])
  const samples = lines.filter((one) => !one.startsWith('#')).map((one) => one.split(/ (?=\S+$)/))
  const values = new Map(samples.map(([series = '', value]) => [series, Number(value)]))
  expect(values.size).toBe(samples.length)
  return values
}

const series = (metric: string, more = ''): string => `safe_completions_last_${metric}{build="test"${more}}`

test('the textfile has status, code, times, counts and spend of the last run, and when one last went well', async () => {
  let isDown = false
  const play = createPlayModel({ misfits: { refused: 20 } })
  const server = await startServer((body, n) => (isDown ? { status: 500, body: '' } : play(body, n)))
  const options = {
    baseUrl: server.baseUrl,
    prompts: seedPrompts(4),
    config: { telemetry: { prometheusFile: 'metrics/test.prom' } },
    model: { maxTries: 1, price: { inputPerMillion: 1, outputPerMillion: 10 } },
  }
  const project = await createProject(options)
  expect((await runCli(['build', project.config])).code).toBe(0)
  const first = await readMetrics(project)
  const status = await readStatusFile(project.home)
  expect(first.get(series('run_status', ',status="published"'))).toBe(1)
  expect(first.get(series('run_status', ',status="error"'))).toBe(0)
  expect(first.get(series('run_exit_code'))).toBe(0)
  expect(first.get(series('run_accepted'))).toBe(status.counts?.accepted)
  expect(first.get(series('run_requests', ',outcome="sent"'))).toBe(server.requests.count)
  expect(first.get(series('run_cost_usd'))).toBeCloseTo(status.requests?.run.costUsd ?? 0, 9)
  expect(first.get(series('run_rejected', ',kind="candidate",stage="generate",code="model_refused"'))).toBeGreaterThan(
    0,
  )
  const [start = 0, end = 0] = ['start', 'end'].map((at) => first.get(series(`run_${at}_timestamp_seconds`)))
  expect(start * 1000).toBeCloseTo(Date.parse(status.startedAt), 0)
  expect(first.get(series('run_duration_seconds'))).toBeCloseTo(end - start, 3)
  expect(first.get(series('success_timestamp_seconds'))).toBe(end)

  isDown = true
  await createProject({ ...options, prompts: seedPrompts(5), folder: project.folder })
  expect((await runCli(['build', project.config])).code).toBe(5)
  const second = await readMetrics(project)
  expect(second.get(series('run_status', ',status="provider_failed"'))).toBe(1)
  expect(second.get(series('run_exit_code'))).toBe(5)
  expect(second.get(series('run_open_prompts'))).toBe(1)
  expect(second.get(series('success_timestamp_seconds'))).toBe(end)
  expect(await readdir(join(project.folder, 'metrics'))).toEqual(['test.prom'])
})

test('a file that cannot be written is told of and changes neither the build nor its code', async () => {
  const server = await startServer(createPlayModel())
  const config = { telemetry: { prometheusFile: 'in-the-way/test.prom' } }
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(2), config })
  await writeFile(join(project.folder, 'in-the-way'), '')
  const { code, stderr } = await runCli(['build', project.config])
  expect(code).toBe(0)
  expect(stderr).toContain('in-the-way/test.prom could not be written')
})
