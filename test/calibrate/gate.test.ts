import { cp, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openSqliteCalibrations } from '../../pipeline/answers/sqlite-calibrations.ts'
import { describeGateState, findCalibrationFailures, identifyGraders } from '../../pipeline/build/calibration-gate.ts'
import { resolveBuild } from '../../pipeline/build/resolve-build.ts'
import { findCalibrations, type FoundCalibration } from '../../pipeline/calibrate/find-calibrations.ts'
import { loadConfig } from '../../pipeline/config/load-config.ts'
import type { Calibration } from '../../pipeline/records/calibration.ts'
import {
  buildWhole,
  createFolder,
  createProject,
  readLatest,
  runProject,
  startServer,
  type BuildProject,
} from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { runCli } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'
import { createLabels } from './label-project.ts'
import { makeCalibration } from './make-calibration.ts'

const rows = Array.from({ length: 12 }, (_, n) => ({
  prompt: `How do I mend machine ${n}?`,
  answer: `Look at part ${n} first.`,
  label: n % 3 === 0 ? 'bad' : 'good',
}))
const labelsConfig = {
  labels: { good: 'compliant', bad: 'violation' },
  fields: {
    prompt: 'prompt',
    answer: 'answer',
    label: 'label',
    category: { value: 'general' },
    intent: { value: 'benign' },
  },
}

async function calibrateSafety(project: BuildProject): Promise<void> {
  const { labels } = await createLabels(rows, labelsConfig, project.folder)
  const { code, stderr } = await runCli(['calibrate', 'safety', '--labels', labels, '-c', project.config])
  expect(code, stderr).toBe(0)
}

async function createGated(baseUrl: string, gate: object, folder?: string): Promise<BuildProject> {
  const gates = { minGradingCoverage: 0, calibration: { graders: ['safety'], ...gate } }
  const promptsFolder = 'prompts'
  const config = { gates, promptsFolder }
  return await createProject({
    baseUrl,
    prompts: seedPrompts(4),
    config,
    ...(folder === undefined ? {} : { folder }),
  })
}

test('a build is held until its grader was calibrated, held again when the grader changed, and says so each time', async () => {
  const server = await startServer(createPlayModel())
  const folder = await createFolder()
  await cp(resolve(import.meta.dirname, '../../prompts'), join(folder, 'prompts'), { recursive: true })
  const project = await createGated(server.baseUrl, {}, folder)

  const never = await runCli(['build', project.config])
  expect(never.code, never.stderr).toBe(3)
  expect(never.stdout).toContain(
    "safety was never compared with people's labels: run `safe-completions calibrate safety`",
  )
  expect(await readLatest(project.home)).toBeNull()

  await calibrateSafety(project)
  const published = await buildWhole(project)
  expect(await readLatest(project.home)).toBe(published.manifest.buildId)
  const { safety, ...others } = published.manifest.calibrations
  expect(safety?.calibration).toMatchObject({ isCurrent: true, examples: 12, ungraded: 0, labels: { name: 'ours' } })
  expect(Object.keys(others).toSorted()).toEqual(['helpfulness', 'reasoning', 'response-mode'])
  expect(others['reasoning']?.calibration).toBeNull()
  expect((await runProject(project)).result.status).toBe('unchanged')

  const template = join(folder, 'prompts/grade/safety.md')
  await writeFile(
    template,
    (await readFile(template, 'utf8')).replace('<!-- user -->', 'Mind the wording.\n\n<!-- user -->'),
  )
  const changed = await runProject(project)
  expect(changed.result).toMatchObject({
    status: 'held',
    failedGates: [
      expect.stringMatching(/^safety changed since it was compared with people's labels on \d{4}-\d\d-\d\d/),
    ],
  })
  expect(await readLatest(project.home)).toBe(published.manifest.buildId)
  await calibrateSafety(project)
  expect((await runProject(project)).result.status).toBe('published')
})

test('an unchanged build is not passed over once its calibration no longer lets it through', async () => {
  const server = await startServer(createPlayModel())
  const folder = await createFolder()
  await cp(resolve(import.meta.dirname, '../../prompts'), join(folder, 'prompts'), { recursive: true })
  const project = await createGated(server.baseUrl, { minKappa: -1 }, folder)
  await calibrateSafety(project)
  const published = await buildWhole(project)
  expect((await runProject(project)).result.status).toBe('unchanged')
  // People looked again and say the opposite: the newest calibration counts.
  const [calibration] = await readCalibrations(project)
  if (calibration === undefined) throw new Error('expected a calibration')
  const kappa = { value: null, reason: 'people used one class only' }
  const worse = { ...calibration, id: 'k_00000000000000000000', measuredAt: '2999-01-01T00:00:00.000Z' }
  await addCalibration(project, { ...worse, agreement: { ...calibration.agreement, kappa } })
  const { result } = await runProject(project)
  expect(result).toMatchObject({ status: 'held', buildId: published.manifest.buildId })
})

test('a calibration changes neither the id of a build nor a shard', async () => {
  const server = await startServer(createPlayModel())
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(4) })
  const before = await buildWhole(project)
  await calibrateSafety(project)
  expect((await runProject(project)).result.status).toBe('unchanged')
  const after = await runProject(project, { recompute: true })
  expect(after.result).toMatchObject({ status: 'unchanged', buildId: before.manifest.buildId })
})

async function readCalibrations({ store: path }: BuildProject): Promise<readonly Calibration[]> {
  const store = openSqliteCalibrations(path)
  try {
    return await store.list()
  } finally {
    await store.close()
  }
}

async function addCalibration({ store: path }: BuildProject, calibration: Calibration): Promise<void> {
  const store = openSqliteCalibrations(path)
  try {
    await store.add(calibration)
  } finally {
    await store.close()
  }
}

describe('the gate lets a calibration through that', () => {
  const gate = { graders: ['safety' as const], minKappa: 0.6, maxAgeDays: 30 }
  const found = (changes: Partial<Calibration>, isCurrent = true): readonly FoundCalibration[] => [
    { grader: 'safety', digest: 'd', status: 'found', isCurrent, calibration: makeCalibration(changes) },
  ]
  const now = '2026-03-31T00:00:00.000Z'
  const withKappa = (value: number) => makeCalibration({}, value).agreement

  test.each([
    ['is new and good', found({}), null],
    ['is just old enough', found({ measuredAt: '2026-03-01T00:00:00.000Z' }), null],
    ['is not too old', found({ measuredAt: '2026-02-28T23:59:59.000Z' }), 'more than 30 days ago'],
    ['is just good enough', found({ agreement: withKappa(0.6) }), null],
    ['is not too bad', found({ agreement: withKappa(0.59) }), 'the kappa of safety on "ours" is 0.590, below 0.6'],
    ['is of this very grader', found({}, false), 'safety changed since'],
    ['was made', [{ grader: 'safety', digest: 'd', status: 'none' }] as const, 'never compared'],
    ['is of the grader at all', [], 'never compared'],
  ])('%s', (_, calibrations, expected) => {
    const failures = findCalibrationFailures(gate, calibrations, now)
    expect(failures).toEqual(expected === null ? [] : [{ grader: 'safety', what: expect.stringContaining(expected) }])
  })

  test('goes stale with time alone, and the state that the fingerprint takes moves with it', () => {
    const later = '2026-06-01T00:00:00.000Z'
    expect(describeGateState(gate, found({}), now)).toBe(describeGateState(gate, found({}), '2026-03-31T01:00:00.000Z'))
    expect(describeGateState(gate, found({}), now)).not.toBe(describeGateState(gate, found({}), later))
    expect(describeGateState(null, found({}), now)).toBeNull()
  })
})

test('a gate on a grader that the build lacks is a problem of the config', async () => {
  const calibration = { graders: ['safety', 'format'] }
  const config = {
    gates: { calibration },
    grade: { rules: [], panel: [{ judge: 'safety', model: 'play' }] },
    select: { rule: 'safety_only' },
  }
  const project = await createProject({ baseUrl: 'http://127.0.0.1:1/v1', config })
  await expect(loadConfig(project.config)).rejects.toThrow(
    'gates.calibration.graders.1: "format" does not grade in this build',
  )
})

describe('a grader is another one when its digest moves:', () => {
  const digestOf = async (seat: object, model: Readonly<Record<string, unknown>> = {}): Promise<string> => {
    const config = { grade: { panel: [{ judge: 'safety', model: 'play', ...seat }] }, select: { rule: 'safety_only' } }
    const project = await createProject({ baseUrl: 'http://127.0.0.1:1/v1', config, model })
    const { config: loaded, folder } = await loadConfig(project.config)
    const { grade } = await resolveBuild(loaded, folder)
    return identifyGraders(grade).find(({ grader }) => grader === 'safety')?.digest ?? ''
  }
  test('by model, endpoint, parameters, structured output, votes and stop; not by key, price or limits', async () => {
    const baseline = await digestOf({})
    const others = await Promise.all([
      digestOf({ votes: 2 }),
      digestOf({ stopBelow: 0.5 }),
      digestOf({}, { model: 'other' }),
      digestOf({}, { baseUrl: 'http://127.0.0.1:2/v1' }),
      digestOf({}, { parameters: { temperature: 0 } }),
      digestOf({}, { structuredOutput: 'prompt' }),
    ])
    expect(new Set([baseline, ...others]).size).toBe(others.length + 1)
    const price = { inputPerMillion: 1, outputPerMillion: 1 }
    expect(await digestOf({}, { apiKeyEnv: 'KEY', price, concurrency: 2, timeoutSeconds: 5, maxTries: 3 })).toBe(
      baseline,
    )
  })
})

test('the newest calibration of the very grader is found, else the newest of an earlier one, else none', async () => {
  const path = join(await createFolder(), 'answers.db')
  const store = openSqliteCalibrations(path)
  try {
    const make = (n: number, graderDigest: string): Calibration =>
      makeCalibration({ id: `k_0000000000000000000${n}`, graderDigest, measuredAt: `2026-01-0${n}T00:00:00.000Z` })
    const [first, second, third] = [make(1, 'now'), make(2, 'now'), make(3, 'before')]
    for (const one of [second, first, third]) await store.add(one)
    // Added once, however often.
    await store.add(first)
    expect(await store.list('safety')).toEqual([first, second, third])
    expect(await store.list('helpfulness')).toEqual([])
    const graders = [
      { grader: 'safety', digest: 'now' },
      { grader: 'safety', digest: 'later' },
      { grader: 'helpfulness', digest: 'now' },
    ]
    expect(await findCalibrations(store, graders)).toEqual([
      { ...graders[0], status: 'found', isCurrent: true, calibration: second },
      { ...graders[1], status: 'found', isCurrent: false, calibration: third },
      { ...graders[2], status: 'none' },
    ])
  } finally {
    await store.close()
  }
})
