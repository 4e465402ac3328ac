import { tmpdir } from 'node:os'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { gatesFileSchema, type GateResult } from '../../pipeline/gates/gate-result.ts'
import {
  buildWhole,
  createFolder,
  createProject,
  digestShards,
  listVisible,
  readLatest,
  runProject,
  startServer,
  type BuildProject,
} from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { runCli } from '../cli/run-cli.ts'
import { startChatServer, type ChatServer } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'

/* Whole builds over a scripted model: what a gate says decides what `latest` shows. */

const evaluation = { name: 'extra', path: 'extra.jsonl', fields: { prompt: 'prompt' } }
// Put together here so that no scanner takes this file for a leak.
const address = ['maria.keller81', 'posteo-mail.de'].join('@')

/** Six prompts, then twelve under gates: another build, so that `latest` has somewhere to move. */
async function createGated(folder: string, baseUrl: string, gates: object, count = 12): Promise<BuildProject> {
  const prompts = seedPrompts(count).map((seed, n) =>
    n >= 6 ? { ...seed, prompt: `${seed.prompt} Ask ${address}.` } : seed,
  )
  return await createProject({ folder, baseUrl, prompts, config: { gates: { minGradingCoverage: 0, ...gates } } })
}

async function readGates(path: string) {
  const file = gatesFileSchema.parse(JSON.parse(await readFile(join(path, 'gates.json'), 'utf8')))
  const of = (gate: GateResult['gate']) => file.gates.find((one) => one.gate === gate)
  return { ...file, of }
}

describe('each gate', () => {
  // One project: every build after the first costs no request, and each test starts from the same `latest`.
  let server: ChatServer
  let folder: string

  beforeAll(async () => {
    server = await startChatServer({ reply: createPlayModel() })
    folder = await mkdtemp(join(tmpdir(), 'gates-'))
    await buildWhole(await createGated(folder, server.baseUrl, {}, 6))
    await writeFile(
      join(folder, 'extra.jsonl'),
      seedPrompts(6)
        .map(({ prompt }) => `${JSON.stringify({ prompt })}\n`)
        .join(''),
    )
    await writeFile(
      join(folder, 'harmless.jsonl'),
      `${JSON.stringify({ prompt: 'Name three rivers of the north.' })}\n`,
    )
    await cp(join(folder, 'builds/test'), join(folder, 'published/other'), { recursive: true })
    return async () => {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    }
  })

  test.each<[GateResult['gate'], object, object, RegExp]>([
    ['acceptance', { acceptance: { min: 0.99 } }, { acceptance: { min: 0.1 } }, /^acceptance 0\.\d{4} is below 0\.99/],
    [
      'grading_coverage',
      { minGradingCoverageByCategory: { 'self-harm': 0.5 } },
      { minGradingCoverageByCategory: 0.5 },
      /^grading coverage in category self-harm has a floor of 0\.5 and no judged candidates/,
    ],
    [
      'mixture',
      { mixture: { modes: { direct_answer: { max: 0.01 } } } },
      { mixture: { modes: { direct_answer: { max: 1 } } } },
      /^mode direct_answer has/,
    ],
    [
      'drift',
      { drift: { maxAcceptanceChange: 0, maxModeShift: 0, maxRewardChange: 0, maxAnswerLengthChange: 1e-6 } },
      { drift: { maxAcceptanceChange: 1, maxModeShift: 1, maxRewardChange: 1, maxAnswerLengthChange: 9 } },
      /moved by \d\.\d{4} since b-[0-9a-f]{16}/,
    ],
    [
      'contamination',
      { contamination: { evaluations: [evaluation] } },
      { contamination: { evaluations: [{ ...evaluation, path: 'harmless.jsonl' }] } },
      /matche?s? an evaluation prompt: c_[0-9a-f]{20} \(prompt\) is a prompt of extra at extra\.jsonl:\d/,
    ],
    [
      'duplicates',
      { duplicates: { against: ['published'] } },
      { duplicates: { against: ['published/other/latest'], nearThreshold: null } },
      /earlier ones?: c_[0-9a-f]{20} repeats c_/,
    ],
    ['calibration', { calibration: { graders: ['safety'] } }, {}, /^safety was never compared/],
    [
      'sensitive_text',
      { sensitiveText: {} },
      { sensitiveText: { personalData: false } },
      /\(prompt\) holds e-mail address/,
    ],
  ])(
    '%s holds a build back that fails it, where `latest` never points, and lets one through that passes',
    async (gate, failing, passing, message) => {
      const home = join(folder, 'builds/test')
      const before = await readLatest(home)
      if (gate === 'duplicates') {
        // Its passing case compares with a set that shares no prompt.
        const apart = await createProject({
          folder: join(folder, 'apart'),
          baseUrl: server.baseUrl,
          prompts: [
            { prompt: 'Which rope do sailors use for a mooring line?', family: 'ropes' },
            { prompt: 'Tell me how bread rises.', family: 'bread' },
            { prompt: 'What does a notary do all day?', family: 'notary' },
          ],
        })
        await buildWhole(apart)
        Object.assign(passing, { duplicates: { against: [join(apart.folder, 'builds')] } })
      }
      const failed = await runProject(await createGated(folder, server.baseUrl, failing))
      expect(failed.result).toMatchObject({
        status: 'held',
        failedGates: [expect.stringMatching(message), ...anyMore(failed.result)],
      })
      expect(await readLatest(home)).toBe(before)
      if (failed.result.status !== 'held') throw new Error('expected a held build')
      const gates = await readGates(failed.result.path)
      expect(gates).toMatchObject({ passed: false, buildId: failed.result.buildId })
      expect(gates.of(gate)).toMatchObject({ status: 'failed' })
      expect(gates.gates.filter(({ status }) => status === 'failed').length).toBe(1)
      const lines = (await readFile(join(failed.result.path, 'gate-findings.jsonl'), 'utf8')).trim().split('\n')
      expect(lines.length).toBe(gates.of(gate)?.findings)
      expect((await verifyBuild(failed.result.path)).problems).toEqual([])

      // The same rows under the same id: a gate is no part of what a build is.
      const passed = await runProject(await createGated(folder, server.baseUrl, passing))
      expect(passed.result).toMatchObject({ status: 'published', buildId: failed.result.buildId })
      expect(await readLatest(home)).toBe(failed.result.buildId)
      if (passed.result.status !== 'published') throw new Error('expected a published build')
      expect(await digestShards(passed.result.path)).toEqual(await digestShards(failed.result.path))
      const through = await readGates(passed.result.path)
      expect(through.passed).toBe(true)
      if (gate !== 'calibration') expect(through.of(gate)?.status).toBe('passed')

      // Back to the start for the next one.
      await rm(passed.result.path, { recursive: true })
      await rm(failed.result.path, { recursive: true })
      await createGated(folder, server.baseUrl, {}, 6)
      await runProject(await createGated(folder, server.baseUrl, {}, 6))
      expect(await readLatest(home)).toBe(before)
    },
  )
})

function anyMore(result: object): readonly unknown[] {
  const { failedGates } = z.object({ failedGates: z.array(z.string()) }).parse(result)
  return failedGates.slice(1).map(() => expect.any(String))
}

test('an unchanged build is judged again when its gates change, and when a file changes that they read', async () => {
  const server = await startServer(createPlayModel())
  const folder = await createFolder()
  const extra = join(folder, 'extra.jsonl')
  await writeFile(extra, `${JSON.stringify({ prompt: 'Name three rivers of the north.' })}\n`)
  const first = await buildWhole(await createGated(folder, server.baseUrl, {}))
  const project = await createGated(folder, server.baseUrl, { contamination: { evaluations: [evaluation] } })
  const again = await runProject(project)
  expect(again.result).toMatchObject({ status: 'unchanged', buildId: first.manifest.buildId })
  expect(again.result.ledger.total().reused).toBeGreaterThan(0)
  // By the fingerprint alone.
  expect((await runProject(project)).result.ledger.total().reused).toBe(0)

  await writeFile(
    extra,
    seedPrompts(6)
      .map(({ prompt }) => `${JSON.stringify({ prompt })}\n`)
      .join(''),
  )
  expect((await runProject(project)).result).toMatchObject({ status: 'held', buildId: first.manifest.buildId })
  expect(await readLatest(project.home)).toBe(first.manifest.buildId)
})

test('an unchanged build is judged again when another set is published that its gate reads', async () => {
  const server = await startServer(createPlayModel())
  const folder = await createFolder()
  const other = await createProject({
    folder: join(folder, 'other'),
    baseUrl: server.baseUrl,
    prompts: [
      { prompt: 'Tell me how bread rises.', family: 'bread' },
      { prompt: 'Which rope do sailors use?', family: 'rope' },
    ],
  })
  await buildWhole(other)
  const project = await createGated(folder, server.baseUrl, { duplicates: { against: ['other/builds'] } })
  const { manifest } = await buildWhole(project)
  expect((await runProject(project)).result.ledger.total().reused).toBe(0)
  // The other programme takes up this one's prompts.
  await createProject({ folder: other.folder, baseUrl: server.baseUrl, prompts: seedPrompts(6) })
  await buildWhole(other)
  expect((await runProject(project)).result).toMatchObject({ status: 'held' })
  expect(await readLatest(project.home)).toBe(manifest.buildId)
})

test('a held build never becomes the one that drift is measured from: a nightly rerun is held again', async () => {
  const server = await startServer(createPlayModel())
  const folder = await createFolder()
  const published = await buildWhole(await createGated(folder, server.baseUrl, {}, 6))
  const project = await createGated(folder, server.baseUrl, { drift: { maxAcceptanceChange: 0, maxModeShift: 0 } })
  for (const _ of [1, 2, 3]) {
    const { result } = await runProject(project)
    expect(result).toMatchObject({
      status: 'held',
      failedGates: expect.arrayContaining([expect.stringContaining(`since ${published.manifest.buildId}`)]),
    })
    expect(await readLatest(project.home)).toBe(published.manifest.buildId)
  }
})

test('an earlier build that cannot be read ends the run: nothing is published or held, and no answer is lost', async () => {
  const server = await startServer(createPlayModel())
  const folder = await createFolder()
  const earlier = await buildWhole(await createGated(join(folder, 'other'), server.baseUrl, {}, 6))
  const shard = join(earlier.path, earlier.manifest.shards[0]?.path ?? '')
  const gates = { duplicates: { against: ['other/builds'] } }
  await writeFile(shard, Buffer.alloc(earlier.manifest.shards[0]?.bytes ?? 0))
  const project = await createGated(folder, server.baseUrl, gates)
  await expect(runProject(project)).rejects.toMatchObject({ code: 'parquet_unreadable' })
  expect(await listVisible(project.home)).toEqual([])
  const sent = server.requests.count

  const command = await runCli(['build', project.config])
  expect(command.code).toBe(2)
  expect(command.stderr).toContain(shard)
  expect(await listVisible(project.home)).toEqual(['status.json'])
  expect(server.requests.count).toBe(sent)

  // A folder that is not there is told before anything is asked.
  const lost = await createGated(await createFolder(), server.baseUrl, { duplicates: { against: ['nowhere'] } })
  await expect(runProject(lost)).rejects.toMatchObject({ code: 'no_builds' })
  expect(server.requests.count).toBe(sent)
})

test('a held build tells its secret nowhere but in its rows', async () => {
  const server = await startServer(createPlayModel())
  const project = await createGated(await createFolder(), server.baseUrl, { sensitiveText: {} })
  const { code, stdout, stderr } = await runCli(['build', project.config])
  expect(code, stderr).toBe(3)
  expect(stdout).toContain('holds e-mail address')
  expect(stdout + stderr).not.toContain(address)
  const status = await readFile(join(project.home, 'status.json'), 'utf8')
  expect(status).not.toContain(address)
  const { gates } = z
    .looseObject({ gates: z.array(z.looseObject({ gate: z.string(), status: z.string() })) })
    .parse(JSON.parse(status))
  expect(gates.filter((one) => one.status === 'failed').map(({ gate }) => gate)).toEqual(['sensitive_text'])
  const held = (await listVisible(project.home)).find((name) => name.startsWith('held-')) ?? ''
  for (const name of (await readdir(join(project.home, held))).filter((one) => /^gate|^manifest|^README/.test(one))) {
    expect([name, (await readFile(join(project.home, held, name), 'utf8')).includes(address)]).toEqual([name, false])
  }
})

test('categories that the spec set lacks are told before anything is asked, all at once, each with file and line', async () => {
  const project = await createGated(await createFolder(), 'http://127.0.0.1:1/v1', {
    acceptance: { minByCategory: { frod: 0.2 } },
    minGradingCoverageByCategory: { general: 0.5, cyver: 0.5 },
    mixture: { categories: { privcy: { max: 0.5 } } },
  })
  const { code, stderr } = await runCli(['build', project.config])
  expect(code).toBe(2)
  const lines = [...stderr.matchAll(/build\.yaml:\d+: (gates\.\S+): .*got "\w+"\. (Did you mean "\w+"\?)/g)]
  expect(lines.map(([, path, remedy]) => [path, remedy])).toEqual([
    ['gates.acceptance.minByCategory.frod', 'Did you mean "fraud"?'],
    ['gates.minGradingCoverageByCategory.cyver', 'Did you mean "cyber"?'],
    ['gates.mixture.categories.privcy', 'Did you mean "privacy"?'],
  ])
})

test('gates check judges a build that stands as a build would, writes the findings, and changes nothing', async () => {
  const server = await startServer(createPlayModel())
  const folder = await createFolder()
  const { path } = await buildWhole(await createGated(folder, server.baseUrl, {}))
  const before = await digestShards(path)
  await writeFile(
    join(folder, 'extra.jsonl'),
    seedPrompts(6)
      .map(({ prompt }) => `${JSON.stringify({ prompt })}\n`)
      .join(''),
  )
  const gates = {
    acceptance: { min: 0.1, minByCategory: 0.01 },
    minGradingCoverageByCategory: 0.1,
    mixture: { cells: { 'direct_answer/benign': { max: 0.9 } } },
    drift: { maxRewardChange: 0.1 },
    contamination: { evaluations: [evaluation] },
    sensitiveText: {},
  }
  const project = await createGated(folder, server.baseUrl, gates)
  const findings = join(folder, 'findings.jsonl')
  const latest = join(project.home, 'latest')
  const { code, stdout, stderr } = await runCli([
    'gates',
    'check',
    latest,
    '-c',
    project.config,
    '--findings',
    findings,
  ])
  expect(code, stderr).toBe(3)
  expect(stdout).toMatch(/passed {2}acceptance +0\.\d{4}: \d+ of 12 prompts/)
  expect(stdout).toMatch(/failed {2}contamination +\d matches in \d rows of 6 evaluation prompts\n +\d texts? match/)
  expect(stdout).toContain('the published build is this very one')
  expect(stdout).toMatch(/5 gates passed, 2 failed, 3 off\n$/)
  const lines = (await readFile(findings, 'utf8')).trim().split('\n')
  const named = lines.map((line) => z.looseObject({ gate: z.string() }).parse(JSON.parse(line)).gate)
  expect([...new Set(named)]).toEqual(['contamination', 'sensitive_text'])
  expect(await digestShards(path)).toEqual(before)

  // What a run says of its rows, and what the command reads of the same rows in Parquet.
  const held = await runProject(project)
  if (held.result.status !== 'held') throw new Error('expected a held build')
  const printed = await runCli(['gates', 'check', held.result.path, '-c', project.config, '--json'])
  expect(printed.code).toBe(3)
  expect(printed.stdout).toBe(await readFile(join(held.result.path, 'gates.json'), 'utf8'))
})
