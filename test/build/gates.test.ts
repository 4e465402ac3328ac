import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'

import { runCli } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'
import { buildWhole, createProject, listVisible, readLatest, runProject, startServer } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const gates = { minGradingCoverage: 0.95 }

test('a build whose judges often gave no verdict is held: code 3, `latest` untouched, a rerun is held again', async () => {
  const good = createPlayModel()
  const broken = createPlayModel({ brokenJudges: 60 })
  let isBroken = false
  const server = await startServer((body, n) => (isBroken ? broken : good)(body, n))
  const project = await createProject({ baseUrl: server.baseUrl, config: { gates }, prompts: seedPrompts(4) })
  const published = await buildWhole(project)
  isBroken = true
  await createProject({ baseUrl: server.baseUrl, config: { gates }, folder: project.folder })
  const first = await runCli(['build', project.config])
  expect(first.code, first.stderr).toBe(3)
  expect(first.stdout).toContain('grading coverage')
  expect(await readLatest(project.home)).toBe(published.manifest.buildId)
  const held = (await listVisible(project.home)).filter((name) => name.startsWith('held-'))
  expect(held.length).toBe(1)
  expect((await runCli(['verify', join(project.home, held[0] ?? '')])).code).toBe(0)
  const status = z
    .looseObject({ path: z.string() })
    .parse(JSON.parse(await readFile(join(project.home, 'status.json'), 'utf8')))
  expect(status).toMatchObject({ status: 'held', exitCode: 3 })
  expect(status.path).toContain('held-')

  const sent = server.requests.count
  expect((await runProject(project)).result.status).toBe('held')
  expect(server.requests.count).toBe(sent)
  expect(await readLatest(project.home)).toBe(published.manifest.buildId)
})

test('an ungraded candidate is never accepted, whatever the gate', async () => {
  const server = await startServer(createPlayModel({ brokenJudges: 50 }))
  const { samples, rejected } = await buildWhole(await createProject({ baseUrl: server.baseUrl }))
  const ungraded = rejected.filter((row) => row['code'] === 'ungraded')
  expect(ungraded.length).toBeGreaterThan(5)
  for (const row of samples) expect(JSON.stringify(row['verdicts'])).not.toContain('ungraded')
})

test('a build in which nothing was accepted is held, not published empty', async () => {
  const server = await startServer(createPlayModel({ misfits: { refused: 100 } }))
  const { result } = await runProject(await createProject({ baseUrl: server.baseUrl }))
  expect(result).toMatchObject({ status: 'held', failedGates: [expect.stringContaining('no candidate was accepted')] })
})
