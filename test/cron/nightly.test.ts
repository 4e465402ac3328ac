import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { createProject, startServer } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { runCli } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'
import { readStatusFile } from './read-status.ts'

/** Each starts processes, which take their time where other work goes on. */
vi.setConfig({ testTimeout: 120_000 })

/** Path, size and time of change of every file of the builds. */
async function listFiles(home: string): Promise<readonly string[]> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory() && entry.name !== 'status.json')
  const lines = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name)
    const { size, mtimeMs } = await stat(path)
    return `${path.slice(home.length)} ${size} ${mtimeMs}`
  })
  return (await Promise.all(lines)).toSorted()
}

test('a nightly run with nothing changed sends nothing, writes nothing but its status, and ends with 0', async () => {
  const server = await startServer(createPlayModel())
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(4) })
  const nightly = ['build', project.config, '--unattended']
  expect((await runCli(nightly)).code).toBe(0)
  const sent = server.requests.count
  const before = await listFiles(project.home)
  const first = await readStatusFile(project.home)
  for (let night = 0; night < 2; night += 1) {
    expect((await runCli(nightly)).code).toBe(0)
    expect(server.requests.count).toBe(sent)
    expect(await listFiles(project.home)).toEqual(before)
  }
  const last = await readStatusFile(project.home)
  expect(last).toMatchObject({ status: 'unchanged', exitCode: 0, counts: first.counts })
  expect(last.runId).not.toBe(first.runId)

  // What a nightly run is told about itself is no input of a build.
  const config = await readFile(project.config, 'utf8')
  const told = `${config}notify: { command: ['true'], on: [published] }\ntelemetry: { prometheusFile: m/a.prom }\n`
  await writeFile(project.config, told)
  expect((await runCli(nightly)).code).toBe(0)
  expect(await readStatusFile(project.home)).toMatchObject({ status: 'unchanged' })
  expect(await listFiles(project.home)).toEqual(before)
})
