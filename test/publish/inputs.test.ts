import { appendFileSync } from 'node:fs'
import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import {
  buildWhole,
  createFolder,
  createProject,
  digestShards,
  startServer,
  type BuildProject,
} from '../build/build-project.ts'
import { runCli } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'

// One of them starts several processes.
vi.setConfig({ testTimeout: 120_000 })

const root = join(import.meta.dirname, '../..')

/** A project with specs and templates of its own, as a researcher has who edits them. */
async function createOwnProject(
  baseUrl: string,
  changes: Record<string, unknown> = {},
  own?: string,
): Promise<BuildProject> {
  const folder = own ?? (await createFolder())
  await cp(join(root, 'specs'), join(folder, 'specs'), { recursive: true })
  await cp(join(root, 'prompts'), join(folder, 'prompts'), { recursive: true })
  const { model, ...config } = changes
  return await createProject({
    baseUrl,
    folder,
    config: { specsFolder: 'specs', promptsFolder: 'prompts', ...config },
    model: z.record(z.string(), z.unknown()).parse(model ?? {}),
  })
}

test('a build holds its config, specs and templates as they were read, and the manifest lists them', async () => {
  const server = await startServer(createPlayModel())
  const project = await createOwnProject(server.baseUrl, { classify: null })
  const shared = await readFile(join(project.folder, 'specs/safe-completion/_shared.md'), 'utf8')
  const { path, manifest } = await buildWhole(project)
  const listed = manifest.files.map((file) => file.path).filter((file) => file.startsWith('inputs/'))
  expect(listed).toContain('inputs/config.yaml')
  expect(listed).toContain('inputs/specs/safe-completion/general.md')
  expect(listed.filter((file) => file.startsWith('inputs/prompts/'))).toEqual([
    'inputs/prompts/generate/answer.md',
    'inputs/prompts/grade/helpfulness.md',
    'inputs/prompts/grade/reasoning.md',
    'inputs/prompts/grade/response-mode.md',
    'inputs/prompts/grade/safety.md',
    'inputs/prompts/repair/form.md',
  ])
  expect(await readFile(join(path, 'inputs/specs/safe-completion/_shared.md'), 'utf8')).toBe(shared)
  expect(Object.keys(manifest.inputs.files)).toEqual(['seeds: prompts.jsonl'])
})

test('the inputs of a build say nothing of the machine, and are equal bytes whatever cannot change a row', async () => {
  const server = await startServer(createPlayModel())
  const first = await buildWhole(await createOwnProject(server.baseUrl))
  const model = { concurrency: 3, maxTries: 5, apiKeyEnv: 'A_KEY_OF_MINE', timeoutSeconds: 5 }
  const second = await createOwnProject(server.baseUrl, { model, outputFolder: 'elsewhere', rowsInFlight: 2 })
  const other = await buildWhole(second)
  expect(other.manifest.buildId).toBe(first.manifest.buildId)
  expect(await digestShards(other.path)).toEqual(await digestShards(first.path))
  const text = await readFile(join(other.path, 'inputs/config.yaml'), 'utf8')
  expect(text).not.toContain(second.folder)
  expect(text).not.toContain('A_KEY_OF_MINE')
  expect(parse(text)).toMatchObject({ specsFolder: 'specs', promptsFolder: 'prompts', name: 'test' })
})

test('inputs, prompts and a recording make the same build offline in an empty folder, byte for byte', async () => {
  const server = await startServer(createPlayModel({ misfits: { malformed: 8 } }))
  const project = await createOwnProject(server.baseUrl, { specSet: '../specs/safe-completion' })
  const { path, manifest } = await buildWhole(project)
  const empty = await createFolder()
  const answers = join(empty, 'answers.jsonl.gz')
  expect(await runCli(['store', 'export', project.store, answers, '--builds', path])).toMatchObject({ code: 0 })
  await cp(join(path, 'inputs'), join(empty, 'inputs'), { recursive: true })
  await writeFile(join(empty, 'inputs/prompts.jsonl'), await readFile(join(project.folder, 'prompts.jsonl')))
  // From now on nothing of the first project is there.
  await server.close()
  await rename(project.folder, `${project.folder}-gone`)
  await mkdir(join(empty, 'inputs/.safe-completions'))
  const store = join(empty, 'inputs/.safe-completions/answers.db')
  expect(await runCli(['store', 'import', store, answers])).toMatchObject({ code: 0 })
  expect(await runCli(['build', join(empty, 'inputs/config.yaml'), '--offline'])).toMatchObject({ code: 0 })
  const rebuilt = join(empty, 'inputs/builds/test', manifest.buildId)
  await rename(`${project.folder}-gone`, project.folder)
  expect(await digestShards(rebuilt)).toEqual(await digestShards(path))
  expect((await verifyBuild(rebuilt)).problems).toEqual([])
})

test('a policy edited while the build runs is held as it was read, not as it stands', async () => {
  const folder = await createFolder()
  const spec = join(folder, 'specs/safe-completion/general.md')
  const reply = createPlayModel()
  const server = await startServer((body, n) => {
    appendFileSync(spec, '\nAnother sentence.\n')
    return reply(body, n)
  })
  const project = await createOwnProject(server.baseUrl, {}, folder)
  const before = await readFile(spec, 'utf8')
  const { path } = await buildWhole(project)
  expect(await readFile(spec, 'utf8')).not.toBe(before)
  expect(await readFile(join(path, 'inputs/specs/safe-completion/general.md'), 'utf8')).toBe(before)
})
