import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFolder, createProject, startServer, type BuildProject } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { createPlayModel } from '../support/play-model.ts'
import { runCli } from './run-cli.ts'

const key = 'sk-play-7f3a9c5e1b'
const model = { apiKeyEnv: 'PLAY_KEY' }

async function createKeyProject(baseUrl: string): Promise<BuildProject> {
  return await createProject({ baseUrl, model, prompts: seedPrompts(4), config: { emit: { arrow: true } } })
}

/** Files below a folder in whose bytes the key stands. */
async function findKey(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const bytes = await readFile(join(entry.parentPath, entry.name))
    if (bytes.includes(key)) found.push(entry.name)
  }
  return found
}

test('the key reaches the server and no file, neither in the output nor in the store', async () => {
  const server = await startServer(createPlayModel())
  const project = await createKeyProject(server.baseUrl)
  const { code, stdout, stderr } = await runCli(['build', project.config, '--keep-stages'], { env: { PLAY_KEY: key } })
  expect(code, stderr).toBe(0)
  expect(server.requests.received[0]?.headers.authorization).toBe(`Bearer ${key}`)
  expect(stdout + stderr).not.toContain(key)
  expect(await findKey(project.folder)).toEqual([])
})

test('a server that throws the key back at us does not get it into an error, status or file', async () => {
  const server = await startServer((_, __, headers) => ({
    status: 401,
    body: { error: { message: `Incorrect API key provided: ${headers.authorization}` } },
  }))
  const project = await createKeyProject(server.baseUrl)
  const { code, stdout, stderr } = await runCli(['build', project.config, '--json'], { env: { PLAY_KEY: key } })
  expect(code).toBe(2)
  expect(stdout).toContain('[API key]')
  expect(stdout + stderr).not.toContain(key)
  expect(await findKey(project.folder)).toEqual([])
})

describe('.env of the working directory', () => {
  test('is read', async () => {
    const server = await startServer(createPlayModel())
    const project = await createKeyProject(server.baseUrl)
    const cwd = await createFolder()
    await writeFile(join(cwd, '.env'), `# keys\nPLAY_KEY="${key}"\n`)
    expect((await runCli(['build', project.config], { cwd })).code).toBe(0)
    expect(server.requests.received[0]?.headers.authorization).toBe(`Bearer ${key}`)
  })

  test('loses against the environment', async () => {
    const server = await startServer(createPlayModel())
    const project = await createKeyProject(server.baseUrl)
    const cwd = await createFolder()
    await writeFile(join(cwd, '.env'), 'PLAY_KEY=sk-from-the-file\n')
    await runCli(['build', project.config], { cwd, env: { PLAY_KEY: key } })
    expect(server.requests.received[0]?.headers.authorization).toBe(`Bearer ${key}`)
  })
})

test('a key that is not set is code 2, names the variable, and sends nothing', async () => {
  const server = await startServer(createPlayModel())
  const project = await createKeyProject(server.baseUrl)
  const { code, stderr } = await runCli(['build', project.config])
  expect(code).toBe(2)
  expect(stderr).toContain('error [api_key]')
  expect(stderr).toContain('Set PLAY_KEY in the environment or in .env')
  expect(server.requests.count).toBe(0)
})

test('a key that can be none is code 2 before anything is sent, and is not shown', async () => {
  const server = await startServer(createPlayModel())
  const project = await createKeyProject(server.baseUrl)
  const { code, stderr } = await runCli(['build', project.config], { env: { PLAY_KEY: 'sk-two words' } })
  expect(code).toBe(2)
  expect(stderr).toContain('error [invalid_api_key]')
  expect(stderr).not.toContain('sk-two')
  expect(server.requests.count).toBe(0)
})

test('no authorization header goes to a server that takes no key', async () => {
  const server = await startServer(createPlayModel())
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(2) })
  await runCli(['build', project.config], { env: { OPENAI_API_KEY: key } })
  expect(server.requests.count).toBeGreaterThan(0)
  for (const { headers } of server.requests.received) expect(headers.authorization).toBeUndefined()
})
