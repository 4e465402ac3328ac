import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createFolder, readBuild, startServer } from '../build/build-project.ts'
import { createPlayModel } from '../support/play-model.ts'
import { runCli } from './run-cli.ts'

test('what init makes passes config check and spec check, and builds at once', async () => {
  const server = await startServer(createPlayModel())
  const cwd = await createFolder()
  const made = await runCli(['init', 'my-set', '--base-url', server.baseUrl, '--model', 'play'], { cwd })
  expect([made.code, made.stderr]).toEqual([0, ''])
  expect(made.stdout).toContain('npx safe-completions build my-set/safe-completions.yaml')
  const folder = join(cwd, 'my-set')
  expect((await runCli(['config', 'check', 'safe-completions.yaml'], { cwd: folder })).stdout).toMatch(/: ok$/m)
  expect((await runCli(['spec', 'check', 'specs'], { cwd: folder })).stdout).toMatch(/ 0 problems$/m)
  const built = await runCli(['build', 'safe-completions.yaml', '--json'], { cwd: folder })
  const status = z
    .object({
      status: z.string(),
      path: z.string(),
      counts: z.object({ prompts: z.int(), rejectedPrompts: z.object({}) }),
    })
    .parse(JSON.parse(built.stdout))
  expect(status).toMatchObject({ status: 'published', counts: { prompts: 10, rejectedPrompts: {} } })
  // Every prompt of the starter has its labels, so nothing was asked of the classifier.
  const { manifest } = await readBuild(status.path)
  expect(Object.keys(manifest.cost.steps)).not.toContain('classify')
  const ignored = await readFile(join(folder, '.gitignore'), 'utf8')
  const kept = (await readdir(folder)).filter((name) => !ignored.split('\n').includes(`${name}/`))
  expect(kept.toSorted()).toEqual(['.gitignore', 'README.md', 'prompts.jsonl', 'safe-completions.yaml', 'specs'])
})

test('the starter has three intents, and its config says what each part is', async () => {
  const folder = await createFolder()
  await runCli(['init'], { cwd: folder })
  const row = z.object({ intent: z.string(), category: z.string() })
  const rows = (await readFile(join(folder, 'prompts.jsonl'), 'utf8')).trim().split('\n')
  expect(new Set(rows.map((line) => row.parse(JSON.parse(line)).intent)).size).toBe(3)
  const config = await readFile(join(folder, 'safe-completions.yaml'), 'utf8')
  expect(config).toMatch(/^ {4}apiKeyEnv: OPENAI_API_KEY$/m)
  expect(config.match(/^ *#/gm)?.length).toBeGreaterThan(10)
})

test('init overwrites nothing, and writes nothing where one file is there', async () => {
  const folder = await createFolder()
  await writeFile(join(folder, 'prompts.jsonl'), 'mine')
  const { code, stderr } = await runCli(['init', folder])
  expect([code, stderr]).toEqual([2, expect.stringContaining('expected a folder without prompts.jsonl')])
  expect(await readdir(folder)).toEqual(['prompts.jsonl'])
  expect(await readFile(join(folder, 'prompts.jsonl'), 'utf8')).toBe('mine')
})

test.each([
  ['a key instead of its name', ['--api-key-env', 'sk-1234'], 'the NAME of an environment variable'],
  ['a URL with a password', ['--base-url', 'http://u:p@host/v1'], 'without user, password'],
  ['a model for the demo', ['--demo', '--model', 'x'], 'expected --demo alone'],
])('%s is an error of code 2 that writes nothing', async (_, options, message) => {
  const folder = await createFolder()
  const { code, stderr } = await runCli(['init', ...options], { cwd: folder })
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  expect(await readdir(folder)).toEqual([])
})

test('the demo as a project builds offline, to the same id as the one that is shipped', async () => {
  const cwd = await createFolder()
  await runCli(['init', '.', '--demo'], { cwd })
  const { code, stdout } = await runCli(['build', 'demo.yaml', '--offline', '--json'], { cwd })
  expect(code).toBe(0)
  const status = JSON.parse(stdout)
  expect(status).toMatchObject({ status: 'published', counts: { prompts: 69, accepted: 64 } })
  expect(status.path.startsWith(join(cwd, 'builds'))).toBe(true)
})
