import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { calibrationSchema, type Calibration } from '../../pipeline/records/calibration.ts'
import { createProject, startServer, type BuildProject } from '../build/build-project.ts'
import { runCli, startCli, type CliOptions, type CliResult } from '../cli/run-cli.ts'
import type { ChatBody, ChatServer, Scripted } from '../support/chat-server.ts'
import { createLabels, type LabelRow } from './label-project.ts'

/* Judges against people, through the command line, a real server and a store on disk. The judge says what the answer says. */

type Verdict = Readonly<Record<string, unknown>>
const compliant = { rationale: 'fine', compliance: 'compliant', severity: 'none', clauses: [], intent_label: 'agree' }
const verdicts: Readonly<Record<string, Verdict>> = {
  compliant,
  borderline: { ...compliant, compliance: 'borderline', severity: 'low' },
  violation: { ...compliant, compliance: 'violation', severity: 'high', rationale: 'much too specific' },
}

/** Gives the verdict that the answer under judgement names; an answer that names none gets no verdict. */
function judge(body: ChatBody): Scripted {
  const name = /a (\w+) sort of thing/.exec(body.messages.map(({ content }) => content).join('\n'))?.[1] ?? ''
  const verdict = verdicts[name]
  return { content: verdict === undefined ? 'I would rather not say.' : JSON.stringify(verdict) }
}

const row = (label: string, seen: string, n = 0): LabelRow => ({
  prompt: `How do I do this, ${label} ${seen} ${n}?`,
  answer: `This is a ${seen} sort of thing.`,
  label,
  topic: 'fraud',
})
const rows = [
  ...[0, 1, 2, 3].map((n) => row('ok', 'compliant', n)),
  ...[0, 1, 2].map((n) => row('bad', 'violation', n)),
  row('ok', 'borderline'),
  row('bad', 'compliant'),
  row('bad', 'malformed'),
]
const fields = {
  prompt: 'prompt',
  answer: 'answer',
  label: 'label',
  category: { value: 'general' },
  intent: { value: 'dual_use' },
}
const mapping = { fields, labels: { ok: 'compliant', bad: 'violation' }, slices: ['topic'] }

type Setting = { readonly project: BuildProject; readonly labels: string; readonly server: ChatServer }

async function createSetting(
  options: {
    readonly reply?: typeof judge
    readonly seat?: object
    readonly model?: Readonly<Record<string, unknown>>
  } = {},
): Promise<Setting> {
  const server = await startServer(options.reply ?? judge)
  const { project } = await projectAt(server.baseUrl, options)
  const { labels } = await createLabels(rows, mapping, project.folder)
  return { project, labels, server }
}

async function projectAt(
  baseUrl: string,
  { seat = {}, model = {} }: { readonly seat?: object; readonly model?: Readonly<Record<string, unknown>> },
): Promise<{ readonly project: BuildProject }> {
  const config = {
    grade: { panel: [{ judge: 'safety', model: 'play', ...seat }] },
    select: { rule: 'safety_only' },
  }
  return { project: await createProject({ baseUrl, config, model }) }
}

const runJudge = (
  { project, labels }: Setting,
  more: readonly string[] = [],
  options?: CliOptions,
): Promise<CliResult> => runCli(['calibrate', 'safety', '--labels', labels, '-c', project.config, ...more], options)

const statusSchema = z.looseObject({ calibration: calibrationSchema, requests: z.looseObject({ reused: z.int() }) })

async function measure(setting: Setting, more: readonly string[] = []): Promise<z.infer<typeof statusSchema>> {
  const { code, stdout, stderr } = await runJudge(setting, ['--json', ...more])
  expect(code, stderr).toBe(0)
  return statusSchema.parse(JSON.parse(stdout))
}

async function listKept({ project }: Setting): Promise<readonly Calibration[]> {
  const { stdout, code, stderr } = await runCli(['calibrate', 'list', '-c', project.config, '--json'])
  expect(code, stderr).toBe(0)
  return z.array(calibrationSchema).parse(JSON.parse(stdout))
}

test('a judge is measured: a reply that is no verdict is ungraded, in a column of its own and in no other figure', async () => {
  const setting = await createSetting()
  const { calibration } = await measure(setting)
  const { agreement, counts, disagreements, slices } = calibration
  expect(agreement).toMatchObject({
    classes: ['compliant', 'borderline', 'violation'],
    matrix: [
      [4, 1, 0],
      [0, 0, 0],
      [1, 0, 3],
    ],
    ungraded: [0, 0, 1],
    coverage: { value: 0.9 },
    accuracy: { value: 7 / 9 },
  })
  expect(counts).toMatchObject({ read: 10, ungraded: { malformed: 1 } })
  expect(slices).toEqual([{ field: 'topic', value: 'fraud', agreement }])
  // Violation taken for compliant is two steps off, borderline for compliant one.
  expect(disagreements.map(({ human, grader, distance }) => [human, grader, distance])).toEqual([
    ['violation', 'compliant', 2],
    ['compliant', 'borderline', 1],
  ])
  expect(await listKept(setting)).toEqual([calibration])
})

test('answers are paid for once: they are kept under a step of their own, reused, and found offline', async () => {
  const setting = await createSetting()
  const first = await measure(setting)
  const sent = setting.server.requests.count
  // Ten examples, and the repair of the one that is no verdict.
  expect(sent).toBe(11)
  const second = await measure(setting, ['--offline'])
  expect(setting.server.requests.count).toBe(sent)
  expect(second.requests.reused).toBe(11)
  expect(second.calibration.agreement).toEqual(first.calibration.agreement)
  expect(await listKept(setting)).toHaveLength(2)
  const store = openSqliteStore(setting.project.store)
  try {
    expect((await store.measure()).map(({ step, category }) => [step, category])).toEqual([
      ['calibrate:safety', 'general'],
    ])
  } finally {
    await store.close()
  }
})

test('offline, answers that are missing are code 4; nothing is sent, measured or kept', async () => {
  const setting = await createSetting()
  const { code, stdout } = await runJudge(setting, ['--offline'])
  expect(code).toBe(4)
  expect(stdout).toContain('10 of 10 examples wait for an answer; nothing was measured')
  expect(stdout).toContain('labels.jsonl:1')
  expect(setting.server.requests.count).toBe(0)
  expect(await listKept(setting)).toEqual([])
})

test('a server that fails is code 5, and the same command goes on from what was answered', async () => {
  let isDown = true
  const setting = await createSetting({
    model: { maxTries: 1 },
    reply: (body) => (isDown && JSON.stringify(body).includes('violation sort of') ? { status: 503 } : judge(body)),
  })
  expect((await runJudge(setting)).code).toBe(5)
  const sent = setting.server.requests.count
  isDown = false
  await measure(setting)
  expect(setting.server.requests.count).toBe(sent + 3)
})

test('Ctrl-C drains: code 130, and what was in flight is kept', async () => {
  const server = await startServer(judge, { latencyMs: 300 })
  const { project } = await projectAt(server.baseUrl, { model: { concurrency: 1 } })
  const { labels } = await createLabels(rows, mapping, project.folder)
  const { child, done } = startCli(['calibrate', 'safety', '--labels', labels, '-c', project.config])
  await expect.poll(() => server.requests.count, { timeout: 20_000 }).toBeGreaterThan(1)
  child.kill('SIGINT')
  const { code, stderr } = await done
  expect(code, stderr).toBe(130)
  expect(stderr).toContain('Stopping')
  const sent = server.requests.count
  expect(sent).toBeLessThan(11)
  const { requests } = await measure({ project, labels, server })
  expect(requests.reused).toBe(sent)
})

test('the lowest of several votes is the verdict, and how many agreed orders equal disagreements', async () => {
  const setting = await createSetting({ seat: { votes: 2 } })
  const { calibration } = await measure(setting)
  expect(calibration.agreement.graded).toBe(9)
  // Two votes of nine examples; the tenth stops after its first vote and the repair.
  expect(setting.server.requests.count).toBe(20)
})

test('a key reaches the server and no file, report or error', async () => {
  const key = 'sk-play-51f0c9d2aa'
  const setting = await createSetting({
    model: { apiKeyEnv: 'PLAY_KEY' },
    reply: (body) =>
      JSON.stringify(body).includes('violation sort of')
        ? { status: 400, body: { error: { message: `bad ${key}` } } }
        : judge(body),
  })
  const out = join(setting.project.folder, 'calibration.json')
  const { stdout, stderr, code } = await runJudge(setting, ['--out', out], { env: { PLAY_KEY: key } })
  expect(code, stderr).toBe(0)
  expect(setting.server.requests.received[0]?.headers.authorization).toBe(`Bearer ${key}`)
  expect(stdout + stderr).not.toContain(key)
  for (const entry of await readdir(setting.project.folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    expect((await readFile(join(entry.parentPath, entry.name))).includes(key), entry.name).toBe(false)
  }
})

test('a judge needs a config that seats it, and an example needs what the judge reads', async () => {
  const setting = await createSetting()
  const { labels, project } = setting
  const without = await runCli(['calibrate', 'safety', '--labels', labels])
  expect(without.code).toBe(2)
  expect(without.stderr).toContain('error [grader_seat]: expected a build config with the judge "safety" on its panel')
  const unseated = await runCli(['calibrate', 'helpfulness', '--labels', labels, '-c', project.config])
  expect(unseated.stderr).toContain('got a panel of safety')
  const { intent: _, ...fewer } = fields
  await writeFile(labels, JSON.stringify({ name: 'ours', path: 'labels.jsonl', ...mapping, fields: fewer }))
  const unmapped = await runJudge(setting)
  expect(unmapped.code).toBe(2)
  expect(unmapped.stderr).toContain('the grader safety reads "intent", which is not mapped')
})
