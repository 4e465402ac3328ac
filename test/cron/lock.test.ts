import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { build } from '../../pipeline/api/build.ts'
import { findLockHolder, takeBuildLock, type LockHolder } from '../../pipeline/build/build-lock.ts'
import { createFolder, createProject, startServer, type BuildProject } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { runCli, startCli, type RunningCli } from '../cli/run-cli.ts'
import type { ChatServer } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { parseStatus, readStatusFile } from './read-status.ts'

/** Each starts processes, which take their time where other work goes on. */
vi.setConfig({ testTimeout: 120_000 })

const me: LockHolder = { runId: 'r-1', pid: 7, host: 'here', user: 'ann', since: '2026-01-01T00:00:00Z', command: 'x' }
const play = createPlayModel()

/** A build that waits for a reply, and so holds its lock, until `go` is called. */
async function startHeldBuild(): Promise<{ project: BuildProject; running: RunningCli; go: () => void }> {
  let isHeld = true
  const server: ChatServer = await startServer((body, n) =>
    isHeld && n >= 3 ? { misbehaviour: 'hang' } : play(body, n),
  )
  const project = await createProject({ baseUrl: server.baseUrl, model: { timeoutSeconds: 3 } })
  const running = startCli(['build', project.config])
  while (server.requests.count < 4) await sleep(5)
  return { project, running, go: () => void (isHeld = false) }
}

const statusOutput = z.looseObject({
  state: z.string(),
  lock: z.object({ held: z.boolean(), holder: z.looseObject({ pid: z.int() }).nullable() }),
})

async function readState(project: BuildProject): Promise<z.infer<typeof statusOutput>> {
  return statusOutput.parse(JSON.parse((await runCli(['status', project.config, '--json'])).stdout))
}

test('a second build of the name is refused with code 9 and told who holds it; the first is not disturbed', async () => {
  const { project, running, go } = await startHeldBuild()
  const before = await readFile(join(project.home, 'status.json'), 'utf8')
  const second = await runCli(['build', project.config, '--json'])
  expect(second.code).toBe(9)
  expect(second.stderr).toContain('error [locked]')
  expect(second.stderr).toContain(`process ${running.child.pid} of `)
  expect(second.stderr).toContain(`safe-completions build ${project.config}`)
  expect(parseStatus(second.stdout)).toMatchObject({ status: 'locked', exitCode: 9, name: 'test' })
  expect(await readFile(join(project.home, 'status.json'), 'utf8')).toBe(before)
  expect(await readState(project)).toMatchObject({
    state: 'running',
    lock: { held: true, holder: { pid: running.child.pid } },
  })
  go()
  expect((await running.done).code).toBe(0)
  expect(await readState(project)).toMatchObject({ state: 'published', lock: { held: false, holder: null } })
})

test('kill -9 frees the lock: `status` says killed, and the next run says so, clears up and ends the build', async () => {
  const { project, running, go } = await startHeldBuild()
  running.child.kill('SIGKILL')
  await running.done
  const left = await readStatusFile(project.home)
  expect(left.status).toBe('running')
  expect((await readdir(project.home)).filter((name) => name.startsWith('.partial-')).length).toBe(1)
  expect(await readState(project)).toMatchObject({ state: 'killed', lock: { held: false } })
  go()
  const next = await runCli(['build', project.config])
  expect(next.code, next.stderr).toBe(0)
  expect(next.stderr).toContain(`The run before (${left.runId}) was killed`)
  expect((await readStatusFile(project.home)).previous).toMatchObject({ runId: left.runId, status: 'killed' })
  expect((await readdir(project.home)).filter((name) => name.startsWith('.partial-'))).toEqual([])
})

test('a build from a program takes the lock too: while it is held it throws `locked` and sends nothing', async () => {
  const server = await startServer(play)
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(1) })
  const lock = await takeBuildLock(project.home, me)
  await expect(build({ config: project.config })).rejects.toMatchObject({ code: 'locked' })
  expect(server.requests.count).toBe(0)
  await lock.release()
  expect(await build({ config: project.config })).toMatchObject({ exitCode: 0 })
})

describe('the lock', () => {
  test('is one of a folder, is free once released, and names its holder while it is held', async () => {
    const home = join(await createFolder(), 'a')
    expect(await findLockHolder(home)).toBeNull()
    const lock = await takeBuildLock(home, me)
    expect(await findLockHolder(home)).toEqual(me)
    await expect(takeBuildLock(home, { ...me, runId: 'r-2' })).rejects.toMatchObject({
      code: 'locked',
      message: 'expected no other build of this name, got process 7 of ann on here, since 2026-01-01T00:00:00Z: x',
    })
    expect(await findLockHolder(home)).toEqual(me)
    const other = await takeBuildLock(`${home}-other`, me)
    await lock.release()
    await lock.release()
    expect(await findLockHolder(home)).toBeNull()
    await (await takeBuildLock(home, me)).release()
    await other.release()
  })

  test('does not go by pids: what any other run left is cleared away, and nothing else', async () => {
    const home = await createFolder()
    // The pid of a process that lives, as that of another container may be here.
    await mkdir(join(home, `.partial-${process.pid}-0a1b2c3d`, 'build'), { recursive: true })
    await writeFile(join(home, '.partial-9f'), '')
    for (const kept of ['b-1', 'held-b-2']) await mkdir(join(home, kept))
    await (await takeBuildLock(home, me)).release()
    expect((await readdir(home)).toSorted()).toEqual(['.lock.db', 'b-1', 'held-b-2'])
  })

  test('names nobody by a file that a killed run left over', async () => {
    const home = await createFolder()
    await writeFile(join(home, '.lock.json'), JSON.stringify(me))
    expect(await findLockHolder(home)).toBeNull()
  })

  test('holds also where the name of its holder cannot be read', async () => {
    const home = await createFolder()
    const lock = await takeBuildLock(home, me)
    await writeFile(join(home, '.lock.json'), '{"pid":')
    expect(await findLockHolder(home)).toBe('unknown')
    await expect(takeBuildLock(home, me)).rejects.toThrow('got a run that has not said who it is')
    await lock.release()
  })

  test('cannot be taken in a folder that cannot be made: output_folder', async () => {
    const file = join(await createFolder(), 'file')
    await writeFile(file, '')
    await expect(takeBuildLock(join(file, 'home'), me)).rejects.toMatchObject({ code: 'output_folder' })
  })

  test('is told to be missing on a file system that refuses every lock, and is not taken for held', async (context) => {
    const strace = spawnSync('strace', ['-e', 'trace=none', 'true'])
    if (strace.status !== 0) context.skip('strace, which makes the kernel refuse locks, is not there or may not trace')
    const home = await createFolder()
    const script = `
      import { takeBuildLock } from ${JSON.stringify(join(import.meta.dirname, '../../pipeline/build/build-lock.ts'))}
      await takeBuildLock(${JSON.stringify(home)}, ${JSON.stringify(me)}).catch((error) => console.log(error.code))`
    const refuse = ['-f', '-qq', '-o', '/dev/null', '-e', 'inject=fcntl:error=ENOLCK']
    const files = ['.lock.db', '.partial-r-1.db'].flatMap((name) => ['-P', join(home, name)])
    const args = [...refuse, ...files, process.execPath, '--input-type=module-typescript', '-e', script]
    expect(execFileSync('strace', args, { encoding: 'utf8' })).toBe('lock_unsupported\n')
  })
})
