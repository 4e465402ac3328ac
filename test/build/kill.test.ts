import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { runCli, startCli } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'
import {
  createProject,
  digestShards,
  listVisible,
  readLatest,
  runProject,
  startServer,
  type BuildProject,
} from './build-project.ts'

const allKills = 20
const killsPerProject = 10
const concurrency = 8
const model = { concurrency }

/** Starts a run and kills it some milliseconds after `isTime`; false when it ended by itself before. */
async function killRun(project: BuildProject, isTime: () => Promise<boolean>, afterMs: number): Promise<boolean> {
  const { child, done } = startCli(['build', project.config])
  while (child.exitCode === null && !(await isTime())) await sleep(2)
  await sleep(afterMs)
  child.kill('SIGKILL')
  return (await done).signal === 'SIGKILL'
}

test('builds killed at 20 random moments lose no stored answer and leave nothing half-made', async () => {
  const server = await startServer(createPlayModel({ misfits: { malformed: 10 } }), { latencyMs: 15 })
  const reference = await runProject(await createProject({ baseUrl: server.baseUrl, model }))
  if (reference.result.status !== 'published') throw new Error('expected a published build')
  const { buildId } = reference.result
  const total = server.requests.count
  const expected = await digestShards(reference.result.path)

  let kills = 0
  while (kills < allKills) {
    const project = await createProject({ baseUrl: server.baseUrl, model })
    const start = server.requests.count
    const hasStarted = async (): Promise<boolean> => (await readScratch(project)).length > 0
    let killed = 0
    while (killed < killsPerProject) {
      const before = server.requests.count
      const more = 1 + Math.floor(Math.random() * (total / 6))
      const hasSent = async (): Promise<boolean> => server.requests.count >= before + more
      // Once most is answered, kills fall into the reading from the store and the writing of the build.
      const isTime = before - start < total * 0.8 ? hasSent : hasStarted
      if (await killRun(project, isTime, Math.random() * 60)) killed += 1
      else if ((await readLatest(project.home)) !== null) break
      for (const name of await listVisible(project.home)) expect(['latest', buildId, 'status.json']).toContain(name)
    }
    kills += killed
    const last = await runCli(['build', project.config, '--recompute', '--json'])
    expect(last.code, last.stderr).toBe(0)
    expect(await readLatest(project.home)).toBe(buildId)
    expect(await digestShards(join(project.home, buildId))).toEqual(expected)
    expect((await verifyBuild(join(project.home, buildId))).problems).toEqual([])
    expect(await readScratch(project)).toEqual([])
    expect(server.requests.count - start).toBeLessThanOrEqual(total + concurrency * killed)
  }
}, 120_000)

async function readScratch({ home }: BuildProject): Promise<readonly string[]> {
  return (await readdir(home).catch(() => [])).filter((name) => name.startsWith('.partial'))
}
