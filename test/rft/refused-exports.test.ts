import { appendFile, cp, mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nameScratch } from '../../pipeline/build/build-folder.ts'
import { exportRft } from '../../pipeline/rft/export-rft.ts'
import { createFolder, createProject, runProject, startServer } from '../build/build-project.ts'
import { runCli, type CliResult } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'
import { exportWhole, makeRftBuild } from './rft-build.ts'

const made = makeRftBuild()

/** Exports by the command line, which must leave nothing behind. */
async function refuse(build: string, ...args: readonly string[]): Promise<CliResult> {
  const folder = await createFolder()
  const result = await runCli(['export', 'rft', build, '--out', join(folder, 'rft'), ...args])
  expect(await readdir(folder)).toEqual([])
  return result
}

async function buildWith(config: object, promptsFolder?: string) {
  const server = await startServer(createPlayModel())
  const project = await createProject({
    baseUrl: server.baseUrl,
    config: { ...config, ...(promptsFolder === undefined ? {} : { promptsFolder }) },
  })
  const { result } = await runProject(project)
  if (result.status === 'incomplete') throw new Error(result.status)
  return result.path
}

test('a damaged build is exit code 6 with every problem, also as JSON', async () => {
  const path = join(await createFolder(), 'build')
  await cp(made().build.path, path, { recursive: true })
  await appendFile(join(path, 'inputs/config.yaml'), '\n')
  const shown = await refuse(path)
  expect([shown.code, shown.stdout, shown.stderr]).toEqual([6, '', expect.stringMatching(/inputs\/config\.yaml: /)])
  const { code, stdout } = await refuse(path, '--json')
  expect([code, JSON.parse(stdout)]).toMatchObject([6, { status: 'damaged', problems: [expect.any(String)] }])
})

test('a folder that is no build is refused', async () => {
  expect(await refuse(await createFolder())).toMatchObject({ code: 2, stderr: expect.stringContaining('[manifest]') })
})

test('a build that a gate held back is refused', async () => {
  const server = await startServer(createPlayModel({ brokenJudges: 60 }))
  const project = await createProject({ baseUrl: server.baseUrl, config: { gates: { minGradingCoverage: 0.99 } } })
  const { result } = await runProject(project)
  if (result.status !== 'held') throw new Error(`expected a held build, got ${result.status}`)
  expect(await refuse(result.path)).toMatchObject({ code: 2, stderr: expect.stringContaining('[held_build]') })
})

test('a build in a format without columns is refused, and the error says what to do', async () => {
  const path = await buildWith({ emit: { format: 'openai_jsonl' } })
  const { code, stderr } = await refuse(path)
  expect([code, stderr]).toEqual([2, expect.stringMatching(/\[hidden_rows\][\s\S]*emit\.format/)])
})

test('a build without its inputs is refused', async () => {
  const path = join(await createFolder(), 'build')
  await cp(made().build.path, path, { recursive: true })
  const manifest = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8'))
  manifest.files = manifest.files.filter((file: { path: string }) => !file.path.startsWith('inputs/'))
  await writeFile(join(path, 'manifest.json'), JSON.stringify(manifest))
  await rm(join(path, 'inputs'), { recursive: true })
  expect(await refuse(path)).toMatchObject({ code: 2, stderr: expect.stringContaining('[no_inputs]') })
})

const conditions = [
  [
    'a condition on the intent',
    '{% if intent == "benign" %}Relax.{% endif %}\n{{ conversation }}\n{{ answer }}\n{{ nonce }} end',
  ],
  ['a filter on the answer', '{{ conversation }} {{ answer | escape }} {{ nonce }} {{ intent }} end'],
  ['the answer at the end, where spaces are cut', '{{ conversation }} {{ nonce }} {{ intent }} {{ answer }}'],
  [
    'a place that is not ours',
    '{{ conversation }} {{ answer }} {{ nonce }} {% raw %}{{item.category}}{% endraw %} end',
  ],
] as const

test.each(conditions)('a judge template with %s is refused', async (_, user) => {
  const promptsFolder = join(await createFolder(), 'prompts')
  await cp(join(import.meta.dirname, '../../prompts'), promptsFolder, { recursive: true })
  const head = '---\nid: grade/safety\nversion: 2\nabout: own\n---\n<!-- system -->\n{{ spec }} end\n<!-- user -->\n'
  await writeFile(join(promptsFolder, 'grade/safety.md'), `${head}${user}\n`)
  const path = await buildWith({}, promptsFolder)
  expect(await refuse(path)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/\[rft_template\][\s\S]*grade\/safety/),
  })
})

test('a template that only puts its variables elsewhere is exported', async () => {
  const promptsFolder = join(await createFolder(), 'prompts')
  await cp(join(import.meta.dirname, '../../prompts'), promptsFolder, { recursive: true })
  const text =
    '---\nid: grade/safety\nversion: 2\nabout: own\n---\n<!-- user -->\nBy {{ spec }}: {{ answer }} to {{ conversation }}?\n'
  await writeFile(join(promptsFolder, 'grade/safety.md'), text)
  await exportWhole(await buildWith({}, promptsFolder))
})

test('a folder that is there is not touched, also where it is empty or a link to nowhere', async () => {
  const out = await createFolder()
  await mkdir(join(out, 'empty'))
  await writeFile(join(out, 'file'), 'mine')
  await symlink('nowhere', join(out, 'link'))
  const before = await readdir(out, { withFileTypes: true })
  for (const name of ['.', 'empty', 'file', 'link']) {
    const options = { out: join(out, name), includeRejected: false, graderModel: null }
    await expect(exportRft(made().build.path, options)).rejects.toMatchObject({ code: 'rft_out' })
  }
  expect(await readdir(out, { withFileTypes: true })).toEqual(before)
  expect(await readFile(join(out, 'file'), 'utf8')).toBe('mine')
})

test('what an export left that was killed days ago is gone after the next one to its place, and nothing else', async () => {
  const parent = await createFolder()
  const [left, written] = [nameScratch('rft'), nameScratch('rft')]
  const old = [nameScratch(), nameScratch('other-rft'), 'rft-2', left, written]
  const others = [nameScratch('rft'), ...old.filter((name) => name !== left)]
  for (const name of new Set([...old, ...others])) await mkdir(join(parent, name))
  // Of one that is at work the folder may be old, but not the file that it writes.
  await writeFile(join(parent, written, 'train.jsonl'), '')
  const then = new Date(Date.now() - 48 * 3_600_000)
  for (const name of old) await utimes(join(parent, name), then, then)
  await exportRft(made().build.path, { out: join(parent, 'rft'), includeRejected: false, graderModel: null })
  expect((await readdir(parent)).toSorted()).toEqual([...others, 'rft'].toSorted())
})

test('nothing is written into the build itself, by its own name or by a link', async () => {
  const { path } = made().build
  const latest = join(await createFolder(), 'latest')
  await symlink(path, latest)
  for (const out of [join(path, 'rft'), join(latest, 'rft'), join(latest, 'new/folders/rft')]) {
    const options = { out, includeRejected: false, graderModel: null }
    await expect(exportRft(path, options)).rejects.toMatchObject({ code: 'rft_out' })
  }
  expect(await readdir(path)).toEqual(expect.not.arrayContaining(['rft', 'new']))
})
