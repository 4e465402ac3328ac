import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, type TestContext } from 'vitest'
import { runCli } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'
import { createProject, runProject, startServer } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

/** A file system of its own with this much room; skips the test where none can be mounted. */
async function mountSmallDisk(context: TestContext, kilobytes: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'small-disk-'))
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    await rm(folder, { recursive: true, force: true })
    return context.skip('mounting a tmpfs needs root')
  }
  onTestFinished(async () => {
    execFileSync('/bin/umount', ['-l', folder])
    await rm(folder, { recursive: true, force: true })
  })
  return folder
}

/** Leaves this much room on the disk. */
async function fillDisk(disk: string, size: number, roomKilobytes: number): Promise<string> {
  const ballast = join(disk, 'ballast')
  await writeFile(ballast, Buffer.alloc((size - roomKilobytes) * 1024))
  return ballast
}

describe('on a full disk', () => {
  test('under the store, the build stops with code 2 and says so; with room again it pays only for the rest', async (context) => {
    const disk = await mountSmallDisk(context, 4096)
    const server = await startServer(createPlayModel())
    const config = { store: join(disk, 'answers.db') }
    const project = await createProject({ baseUrl: server.baseUrl, config, prompts: seedPrompts(12) })
    const ballast = await fillDisk(disk, 4096, 360)
    const full = await runCli(['build', project.config])
    expect(full.code, full.stdout + full.stderr).toBe(2)
    expect(full.stderr).toContain('error [answer_store]')
    expect(full.stderr).toContain('the disk is full')
    expect(full.stderr).not.toContain('bug:')
    await rm(ballast)
    const sent = server.requests.count
    const { result } = await runProject(project)
    expect(result.status).toBe('published')
    expect(result.ledger.total().reused).toBeGreaterThan(0)
    expect(result.ledger.total().run.answers).toBe(server.requests.count - sent)
  })

  test.for([
    { small: 'for the rows on their way', room: 60, code: 'output_folder' },
    { small: 'for the shards', room: 700, code: 'file_write' },
  ] as const)(
    'under the output, too small $small, the build stops with code 2, keeps its answers and leaves nothing',
    async ({ room, code }, context) => {
      const disk = await mountSmallDisk(context, 4096)
      const server = await startServer(createPlayModel())
      const options = { config: { outputFolder: disk }, prompts: seedPrompts(60) }
      const project = await createProject({ baseUrl: server.baseUrl, ...options })
      const ballast = await fillDisk(disk, 4096, room)
      const full = await runCli(['build', project.config])
      expect(full.code, full.stdout + full.stderr).toBe(2)
      expect(full.stderr).toContain(`error [${code}]`)
      const names = await readdir(join(disk, 'test')).catch(() => [])
      expect(names.filter((name) => !['status.json', '.lock.db'].includes(name))).toEqual([])
      const sent = server.requests.count
      await rm(ballast)
      const { result } = await runProject(project)
      expect(result.status).toBe('published')
      expect(result.ledger.total().reused).toBe(sent)
    },
  )

  test('in mid-run, the answers in flight are stored before it stops', async (context) => {
    const disk = await mountSmallDisk(context, 4096)
    const server = await startServer(createPlayModel({ misfits: { refused: 100 } }), { latencyMs: 20 })
    const config = { outputFolder: disk, generate: { model: 'play', candidates: 16 } }
    const project = await createProject({ baseUrl: server.baseUrl, config, prompts: seedPrompts(48) })
    const ballast = await fillDisk(disk, 4096, 160)
    const full = await runCli(['build', project.config])
    expect(full.code, full.stdout + full.stderr).toBe(2)
    expect(full.stderr).toContain('error [output_folder]')
    const sent = server.requests.count
    expect(sent).toBeLessThan(48 * 16)
    await rm(ballast)
    const { result } = await runProject(project)
    expect(result.ledger.total().reused).toBe(sent)
  })
})
