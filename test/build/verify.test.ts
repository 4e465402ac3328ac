import { appendFile, cp, mkdir, open, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, afterAll } from 'vitest'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import type { Manifest } from '../../pipeline/build/manifest.ts'
import { startChatServer } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { buildWhole, createFolder, createProject, type WholeBuild } from './build-project.ts'

let folder = ''
let whole: WholeBuild | null = null

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verify-'))
  const server = await startChatServer({ reply: createPlayModel({ misfits: { malformed: 20 } }) })
  try {
    whole = await buildWhole(await createProject({ baseUrl: server.baseUrl, folder }))
  } finally {
    await server.close()
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A copy of the build to tamper with. */
async function copyBuild(): Promise<{ path: string; manifest: Manifest; shard: string }> {
  if (whole === null) throw new Error('expected a build')
  const path = join(await createFolder(), 'build')
  await cp(whole.path, path, { recursive: true })
  const [shard] = whole.manifest.shards
  if (!shard) throw new Error('expected a shard')
  return { path, manifest: whole.manifest, shard: shard.path }
}

async function findProblems(path: string): Promise<readonly string[]> {
  return (await verifyBuild(path)).problems
}

test('a build as it was written has no problems, and every row is counted', async () => {
  const { path, manifest } = await copyBuild()
  const { problems, files, rows } = await verifyBuild(path)
  expect(problems).toEqual([])
  expect(files).toBe(manifest.shards.length + manifest.rejected.length + manifest.files.length)
  expect(rows).toBe((whole?.samples.length ?? 0) + (whole?.rejected.length ?? 0))
})

describe('verify finds', () => {
  test('one flipped bit, in any listed file', async () => {
    const { path, manifest } = await copyBuild()
    const files = [...manifest.shards, ...manifest.rejected, ...manifest.files].map((file) => file.path)
    expect(files).toContain('README.md')
    for (const file of files) {
      await flipBit(join(path, file))
      expect(await findProblems(path)).toEqual([`${file}: its SHA-256 is not the manifest's`])
      await flipBit(join(path, file))
    }
    expect(await findProblems(path)).toEqual([])
  })

  test('a file cut short', async () => {
    const { path, shard } = await copyBuild()
    const { length } = await readFile(join(path, shard))
    await truncate(join(path, shard), length - 1)
    expect(await findProblems(path)).toEqual([`${shard}: expected ${length} bytes, got ${length - 1}`])
  })

  test('a missing file', async () => {
    const { path, shard } = await copyBuild()
    await rm(join(path, shard))
    expect(await findProblems(path)).toEqual([`${shard}: missing`])
  })

  test('an extra file, also in a new folder', async () => {
    const { path } = await copyBuild()
    await mkdir(join(path, 'data/extra'), { recursive: true })
    await writeFile(join(path, 'data/extra/train-00000-of-00001.parquet'), 'x')
    expect(await findProblems(path)).toEqual(['data/extra/train-00000-of-00001.parquet: not in the manifest'])
  })

  test('an extra symbolic link', async () => {
    const { path, shard } = await copyBuild()
    await symlink(join(path, shard), join(path, 'data/linked.parquet'))
    expect(await findProblems(path)).toEqual(['data/linked.parquet: not in the manifest'])
  })

  test('counts in the manifest that do not balance', async () => {
    const { path, manifest } = await copyBuild()
    const counts = { ...manifest.counts, accepted: manifest.counts.accepted + 1 }
    await writeFile(join(path, 'manifest.json'), JSON.stringify({ ...manifest, counts }))
    expect((await findProblems(path)).join()).toContain('accepted')
  })

  test('a shard of another build under a manifest that was told of it', async () => {
    const { path, manifest } = await copyBuild()
    const categories = Object.fromEntries(Object.keys(manifest.categories).map((category) => [category, 'b-other']))
    await writeFile(join(path, 'manifest.json'), JSON.stringify({ ...manifest, categories }))
    expect((await findProblems(path)).join()).toContain('is of another build')
  })
})

test('a manifest that is missing or not one is an error that says where', async () => {
  const { path } = await copyBuild()
  await appendFile(join(path, 'manifest.json'), '}')
  await expect(verifyBuild(path)).rejects.toMatchObject({ code: 'manifest', where: join(path, 'manifest.json') })
  await rm(join(path, 'manifest.json'))
  await expect(verifyBuild(path)).rejects.toMatchObject({ code: 'manifest' })
})

test('a folder named as "." is verified like any other', async () => {
  const { path } = await copyBuild()
  const before = process.cwd()
  try {
    process.chdir(path)
    expect(await findProblems('.')).toEqual([])
    expect(await findProblems('./')).toEqual([])
  } finally {
    process.chdir(before)
  }
})

async function flipBit(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  const { size } = await handle.stat()
  const byte = Buffer.alloc(1)
  const position = Math.floor(size / 2)
  await handle.read(byte, 0, 1, position)
  byte[0] = (byte[0] ?? 0) ^ 1
  await handle.write(byte, 0, 1, position)
  await handle.close()
}
