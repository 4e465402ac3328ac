import { appendFile, cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { manifestSchema, type Manifest } from '../../pipeline/build/manifest.ts'
import { parseTarget } from '../../pipeline/publish/publish-target.ts'
import { createFolder, createProject, runProject, startServer } from '../build/build-project.ts'
import { runCli, type CliResult } from '../cli/run-cli.ts'
import { startHubServer } from '../support/hub-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { download, readBranch } from './read-published.ts'
import { makeTwoBuilds } from './two-builds.ts'

const builds = makeTwoBuilds()

/** Publishes to a hub that must never hear of it. */
async function publish(...args: readonly string[]): Promise<CliResult> {
  const server = await startHubServer()
  const env = { HF_TOKEN: server.token, HF_ENDPOINT: server.url }
  const result = await runCli(['publish', ...args, '--to', 'hf://datasets/me/set'], { env })
  expect(server.requests).toEqual([])
  return result
}

async function copyBuild(edit: (manifest: Manifest) => Manifest = (one) => one): Promise<string> {
  const path = join(await createFolder(), 'build')
  await cp(builds().first.path, path, { recursive: true })
  const file = join(path, 'manifest.json')
  await writeFile(file, JSON.stringify(edit(manifestSchema.parse(JSON.parse(await readFile(file, 'utf8'))))))
  return path
}

test('a damaged build is exit code 6 with every problem, also as JSON', async () => {
  const path = await copyBuild()
  await appendFile(join(path, 'README.md'), 'x')
  await writeFile(join(path, 'stray.txt'), 'x')
  const shown = await publish(path)
  expect([shown.code, shown.stderr]).toEqual([
    6,
    expect.stringMatching(/README\.md: expected .*\n.*stray\.txt: not in/),
  ])
  const { code, stdout } = await publish(path, '--json')
  expect([code, JSON.parse(stdout)]).toMatchObject([6, { status: 'damaged', exitCode: 6 }])
  expect(JSON.parse(stdout).problems).toHaveLength(2)
})

test('a folder that is no build, or half of one, is refused', async () => {
  expect(await publish(await createFolder())).toMatchObject({ code: 2, stderr: expect.stringContaining('[manifest]') })
  expect(await publish(join(await createFolder(), 'none'))).toMatchObject({ code: 2 })
  expect(await publish()).toMatchObject({ code: 2, stderr: expect.stringContaining('[usage]') })
})

test('a build that a gate held back is refused, also under another name', async () => {
  const server = await startServer(createPlayModel({ brokenJudges: 60 }))
  const project = await createProject({ baseUrl: server.baseUrl, config: { gates: { minGradingCoverage: 0.99 } } })
  const { result } = await runProject(project)
  if (result.status !== 'held') throw new Error(`expected a held build, got ${result.status}`)
  expect(await publish(result.path)).toMatchObject({ code: 2, stderr: expect.stringContaining('[held_build]') })
  const renamed = join(await createFolder(), result.buildId)
  await cp(result.path, renamed, { recursive: true })
  expect(await publish(renamed)).toMatchObject({ code: 2, stderr: expect.stringContaining('[held_build]') })
  expect(await publish('-c', project.config)).toMatchObject({ code: 2 })
})

test('a published copy is no build', async () => {
  const server = await startHubServer()
  const env = { HF_TOKEN: server.token, HF_ENDPOINT: server.url }
  await runCli(['publish', builds().first.path, '--to', 'hf://datasets/me/set'], { env })
  const copy = await download(readBranch(server.repos.get('me/set')))
  expect(await publish(copy)).toMatchObject({ code: 2, stderr: expect.stringContaining('[published_copy]') })
})

test('a build without its inputs is refused', async () => {
  const path = await copyBuild((manifest) => ({
    ...manifest,
    files: manifest.files.filter((file) => !file.path.startsWith('inputs/')),
  }))
  await rm(join(path, 'inputs'), { recursive: true })
  expect(await publish(path)).toMatchObject({ code: 2, stderr: expect.stringContaining('[no_inputs]') })
})

test('prompts with absolute paths are refused: every row would tell them', async () => {
  const path = await copyBuild(({ inputs, ...rest }) => ({
    ...rest,
    inputs: {
      ...inputs,
      config: { ...manifestConfig(inputs.config), sources: [{ name: 'seeds', path: '/home/me/prompts.jsonl' }] },
    },
  }))
  expect(await publish(path)).toMatchObject({ code: 2, stderr: expect.stringContaining('[absolute_path]') })
})

test('a manifest that names a file outside of its folder is refused', async () => {
  const outside = join(await createFolder(), 'outside')
  const path = await copyBuild()
  await cp(join(path, 'README.md'), outside)
  const readme = builds().first.manifest.files.find((file) => file.path === 'README.md')
  const hostile = `../../${outside.split('/').slice(-2).join('/')}`
  const edited = await copyBuild((manifest) => ({
    ...manifest,
    files: [...manifest.files, { bytes: readme?.bytes ?? 0, sha256: readme?.sha256 ?? '', path: hostile }],
  }))
  expect(await publish(edited)).toMatchObject({ code: 2, stderr: expect.stringContaining('[odd_path]') })
})

test.each([
  'hf://datasets/me',
  'hf://me/set',
  'hf://datasets/me/set@../x',
  'hf://datasets/../set',
  'https://huggingface.co/datasets/me/set',
  's3://',
  's3://UPPER/x',
  's3://bucket/../x',
  's3://bucket/a b',
  'bucket/x',
  '',
])('"%s" is no target', (text) => {
  expect(() => parseTarget(text)).toThrow('expected hf://datasets/<owner>/<name> or s3://<bucket>/<prefix>')
})

function manifestConfig(config: Manifest['inputs']['config']): Record<string, unknown> {
  return typeof config === 'object' && config !== null && !Array.isArray(config) ? config : {}
}
