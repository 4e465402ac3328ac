import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { build, plan, readBuild, type BuildOptions, type Judge, type Rule } from '../../pipeline/index.ts'
import { createProject, createFolder, startServer } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { runCli } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'
import type { ChatBody, Scripted } from '../support/chat-server.ts'
import { runExample } from './run-example.ts'

const play = createPlayModel()

/** The play model, and a judge that it does not know. */
function playWithClarity(rating: number): (body: ChatBody, n: number) => Scripted {
  return (body, n) =>
    JSON.stringify(body['response_format'] ?? null).includes('clarity_verdict')
      ? { content: JSON.stringify({ rationale: 'Short sentences.', rating }) }
      : play(body, n)
}

test('a build from a program gives what the command gives, and touches neither exit code nor output nor signals', async () => {
  const server = await startServer(play)
  const project = await createProject({ baseUrl: server.baseUrl })
  const listeners = () => ['SIGINT', 'SIGTERM', 'warning'].map((name) => process.listenerCount(name))
  const before = [process.exitCode, listeners()]
  const status = await build({ config: project.config })
  expect([process.exitCode, listeners()]).toEqual(before)
  expect(status).toMatchObject({ status: 'published', exitCode: 0, name: 'test' })
  expect(JSON.parse(await readFile(join(project.home, 'status.json'), 'utf8'))).toEqual(status)
  const again = await runCli(['build', project.config, '--offline', '--json', '--recompute'])
  expect(JSON.parse(again.stdout)).toMatchObject({ status: 'unchanged', buildId: status.buildId })
  const { manifest, rows } = await readBuild(status.path ?? '')
  const outcomes = (await Array.fromAsync(rows())).map(({ outcome }) => outcome)
  expect(outcomes.filter((one) => one === 'accepted')).toHaveLength(manifest.counts.accepted)
})

test('a config may be an object, and is checked like a file', async () => {
  const server = await startServer(play)
  const { folder } = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(3) })
  const config: BuildOptions['config'] = {
    name: 'by-hand',
    sources: [{ name: 'seeds', path: 'prompts.jsonl', fields: { prompt: 'prompt', category: 'category' } }],
    models: { play: { baseUrl: server.baseUrl, model: 'play', apiKeyEnv: null } },
    classify: { model: 'play' },
    generate: { model: 'play' },
    grade: { panel: [{ judge: 'safety', model: 'play' }] },
    select: { rule: 'safety_only' },
  }
  expect(await build({ config, folder })).toMatchObject({ status: 'published', name: 'by-hand' })
  expect(await plan({ config, folder })).toMatchObject({ name: 'by-hand', prompts: 3 })
  await expect(build({ config: { ...config, generate: { model: 'other' } }, folder })).rejects.toMatchObject({
    code: 'config',
    message: expect.stringContaining('generate.model: there is no model "other" under models.'),
  })
})

test('a key comes from the environment that is passed in, and a missing one is an error with its code', async () => {
  const server = await startServer(play)
  const project = await createProject({ baseUrl: server.baseUrl, model: { apiKeyEnv: 'A_KEY_OF_THE_CALLER' } })
  await expect(build({ config: project.config, env: {} })).rejects.toMatchObject({ code: 'api_key' })
  expect(await build({ config: project.config, env: { A_KEY_OF_THE_CALLER: 'sk-own' } })).toMatchObject({
    status: 'published',
  })
  expect(new Set(server.requests.received.map(({ headers }) => headers.authorization))).toEqual(
    new Set(['Bearer sk-own']),
  )
})

test('an aborted signal ends a build as interrupted, whatever its reason, and the next one goes on from there', async () => {
  const abort = new AbortController()
  const server = await startServer((body, n) => {
    if (n === 5) abort.abort(new DOMException('too long', 'TimeoutError'))
    return play(body, n)
  })
  const project = await createProject({ baseUrl: server.baseUrl })
  const first = await build({ config: project.config, signal: abort.signal })
  expect(first).toMatchObject({ status: 'interrupted', exitCode: 130, buildId: null })
  const answered = first.requests?.run.answers ?? 0
  expect(answered).toBeGreaterThan(0)
  const second = await build({ config: project.config })
  expect(second).toMatchObject({ status: 'published' })
  expect(second.requests?.reused).toBeGreaterThanOrEqual(answered)
  const early = await build({ config: project.config, recompute: true, signal: AbortSignal.abort() })
  expect(early).toMatchObject({ status: 'interrupted' })
})

test('progress ends with every prompt through', async () => {
  const server = await startServer(play)
  const project = await createProject({ baseUrl: server.baseUrl })
  const seen: (readonly [number, number | null])[] = []
  await build({
    config: project.config,
    onProgress: ({ phase, done, total }) => {
      if (phase === 'answer') seen.push([done, total])
    },
  })
  expect(seen.at(-1)).toEqual([12, 12])
})

const never: Rule = {
  name: 'never-a-vendor',
  version: 1,
  about: 'Finds answers that speak of a vendor.',
  check: ({ candidate }) =>
    candidate.answer.includes('vendor')
      ? { outcome: 'fail', rationale: 'Expected no vendor.', evidence: ['vendor'] }
      : { outcome: 'pass' },
}

test("a rule of one's own rejects candidates, is in the manifest, and a new version of it builds anew", async () => {
  const server = await startServer(play)
  const project = await createProject({ baseUrl: server.baseUrl })
  await build({ config: project.config })
  const status = await build({ config: project.config, graders: { rules: [never] } })
  expect(status).toMatchObject({ status: 'published' })
  const { manifest, rows } = await readBuild(status.path ?? '')
  expect(manifest.inputs.graders).toMatchObject({ 'never-a-vendor': 1 })
  const all = await Array.fromAsync(rows())
  const rejected = all.filter(({ row }) => JSON.stringify(row).includes('never-a-vendor: Expected no vendor.'))
  expect(rejected.length).toBeGreaterThan(0)
  expect(all.filter(({ outcome, row }) => outcome === 'accepted' && JSON.stringify(row).includes('vendor d'))).toEqual(
    [],
  )
  expect(await build({ config: project.config, graders: { rules: [never] } })).toMatchObject({ status: 'unchanged' })
  const lenient: Rule = { ...never, version: 2, check: () => ({ outcome: 'pass' }) }
  const anew = await build({ config: project.config, graders: { rules: [lenient] } })
  expect(anew.counts?.rejectedCandidates['grade']?.['rule_failed'] ?? 0).toBe(0)
})

test.each([
  ['a name that is taken', { rules: [{ ...never, name: 'format' }] }, 'name of its own'],
  ['a name that is no name', { rules: [{ ...never, name: 'No Name' }] }, 'kebab-case'],
  ['a version that is no integer', { rules: [{ ...never, version: 1.5 }] }, 'integer version'],
])('of a grader of one’s own %s is an error', async (_, graders, message) => {
  const project = await createProject({ baseUrl: 'http://127.0.0.1:9/v1', folder: await createFolder() })
  await expect(build({ config: project.config, graders })).rejects.toMatchObject({
    code: 'own_grader',
    message: expect.stringContaining(message),
  })
})

test('a judge of one’s own needs a model of the config, votes, and a template of its own', async () => {
  const { judges } = await import('../../pipeline/index.ts')
  const helpfulness = judges.get('helpfulness')
  if (helpfulness === undefined) throw new Error('expected the judge helpfulness')
  const judge: Judge = { ...helpfulness, name: 'own', template: 'grade/own' }
  const template = '---\nid: grade/own\nversion: 1\nabout: A test.\n---\n<!-- system -->\nRate.\n<!-- user -->\nGo.\n'
  const project = await createProject({ baseUrl: 'http://127.0.0.1:9/v1' })
  const run = (seat: object) =>
    build({ config: project.config, graders: { judges: [{ judge, model: 'play', template, ...seat }] } })
  await expect(run({ model: 'none' })).rejects.toMatchObject({ code: 'own_grader' })
  await expect(run({ votes: 0 })).rejects.toMatchObject({ code: 'own_grader' })
  await expect(run({ template: template.replace('grade/own', 'grade/safety') })).rejects.toMatchObject({
    code: 'own_grader',
  })
})

test('the example of docs/api.md runs: its rule and its judge grade', async () => {
  const server = await startServer(playWithClarity(4))
  const project = await createProject({ baseUrl: server.baseUrl })
  const { code, stdout, stderr } = await runExample('build-with-own-graders.ts', [project.config, 'play'])
  expect(stderr).toBe('')
  expect(stdout).toMatch(
    /^12 prompts; \d+ requests are missing for certain\nanswered 12 of 12\npublished: b-[0-9a-f]{16}\n/,
  )
  expect(stdout).toMatch(/^\d+ rows, graded by .*shouting.*clarity$/m)
  expect(code).toBe(0)
  const unclear = await startServer(playWithClarity(1))
  const other = await createProject({ baseUrl: unclear.baseUrl })
  expect((await runExample('build-with-own-graders.ts', [other.config, 'play'])).stdout).toMatch(/^0 rows/m)
})
