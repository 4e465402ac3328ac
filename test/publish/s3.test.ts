import { randomBytes } from 'node:crypto'
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { PublishFailure } from '../../pipeline/publish/publish-failure.ts'
import type { PublishOutcome } from '../../pipeline/publish/publish-outcome.ts'
import type { PublishedSet } from '../../pipeline/publish/published-set.ts'
import { publishToS3, type S3Options } from '../../pipeline/publish/s3/publish-s3.ts'
import { createFolder } from '../build/build-project.ts'
import { runCli, startCli, type CliResult } from '../cli/run-cli.ts'
import { sha256 } from '../support/hub-repositories.ts'
import { startS3Server, type S3Server } from '../support/s3-server.ts'
import { collect, download } from './read-published.ts'
import { makeTwoBuilds } from './two-builds.ts'

const credentials = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'a-secret-key' } as const
const target = { kind: 's3', bucket: 'sets', prefix: 'team/set' } as const
const builds = makeTwoBuilds()
beforeAll(() => void Object.assign(process.env, credentials))

function listArgs(server: S3Server, build: string, ...more: readonly string[]): readonly string[] {
  return [
    'publish',
    build,
    '--to',
    's3://sets/team/set',
    '--endpoint',
    server.url,
    '--region',
    'eu-x',
    '--path-style',
    ...more,
  ]
}

async function publish(server: S3Server, build: string, ...more: readonly string[]): Promise<CliResult> {
  const result = await runCli(listArgs(server, build, ...more), { env: credentials })
  expect(result.stdout + result.stderr).not.toContain(credentials.AWS_SECRET_ACCESS_KEY)
  return result
}

/** In this process. */
async function publishSet(
  server: S3Server,
  set: PublishedSet,
  options: Partial<S3Options> = {},
): Promise<PublishOutcome> {
  return await publishToS3(set, target, {
    isDryRun: false,
    signal: new AbortController().signal,
    note: () => undefined,
    endpoint: server.url,
    region: 'eu-x',
    isPathStyle: true,
    maxTries: 2,
    ...options,
  })
}

/** The build that a reader finds by the pointer, verified; null when there is no pointer. */
async function readLatest({ objects }: S3Server): Promise<string | null> {
  const pointer = objects.get('team/set/latest.json')
  if (pointer === undefined) return null
  const { buildId, manifest, manifestSha256 } = JSON.parse(new TextDecoder().decode(pointer.bytes))
  expect(sha256(objects.get(`team/set/${manifest}`)?.bytes ?? new Uint8Array())).toBe(manifestSha256)
  const below = `team/set/${buildId}/`
  const own = [...objects].filter(([key]) => key.startsWith(below))
  const folder = await download(new Map(own.map(([key, { bytes }]) => [key.slice(below.length), bytes])))
  expect((await verifyBuild(folder)).problems).toEqual([])
  return buildId
}

const isWrite = ({ method }: { readonly method: string }): boolean => method !== 'GET' && method !== 'HEAD'

test('objects come first, then the manifest, then the pointer; a reader who follows it has a build that verifies', async () => {
  const server = await startS3Server()
  const { first, second } = builds()
  expect(await publish(server, first.path)).toMatchObject({ code: 0 })
  expect(await readLatest(server)).toBe(first.manifest.buildId)
  const written = server.requests.filter(isWrite).map(({ path }) => path)
  expect(written.slice(-2)).toEqual([
    `/sets/team/set/${first.manifest.buildId}/manifest.json`,
    '/sets/team/set/latest.json',
  ])
  expect([...server.objects.keys()].filter((key) => key.includes('/rejected/'))).toEqual([])
  expect(await publish(server, second.path)).toMatchObject({ code: 0 })
  expect(await readLatest(server)).toBe(second.manifest.buildId)
  expect(server.objects.has(`team/set/${first.manifest.buildId}/manifest.json`)).toBe(true)
})

test('a rerun sends no write, and a dry run neither, whether something is to do or not', async () => {
  const server = await startS3Server()
  const { first, second } = builds()
  const { stdout } = await publish(server, first.path, '--dry-run')
  expect(stdout).toContain('would publish')
  expect(server.requests.filter(isWrite)).toEqual([])
  await publish(server, first.path)
  server.requests.length = 0
  expect(JSON.parse((await publish(server, first.path, '--json')).stdout)).toMatchObject({
    status: 'unchanged',
    exitCode: 0,
  })
  expect(JSON.parse((await publish(server, second.path, '--dry-run', '--json')).stdout)).toMatchObject({
    status: 'planned',
  })
  expect(server.requests.filter(isWrite)).toEqual([])
})

test('killed at any write, readers see one whole build, and the rerun sends only what is missing', async () => {
  const { first, second } = builds()
  const moments = ['/README.md', '/data/general/', '/manifest.json', '/latest.json'] as const
  for (const moment of moments) {
    for (const fault of ['hang', 'lose_answer'] as const) {
      const server = await startS3Server()
      await publishSet(server, await collect(first.path))
      const reached = Promise.withResolvers<void>()
      server.onLost = reached.resolve
      server.fault = ({ method, path }) => {
        if (method !== 'PUT' || !path.includes(moment)) return undefined
        if (fault === 'hang') reached.resolve()
        return fault
      }
      const { child, done } = startCli(listArgs(server, second.path), { env: credentials })
      await reached.promise
      child.kill('SIGKILL')
      expect((await done).signal).toBe('SIGKILL')
      expect([first.manifest.buildId, second.manifest.buildId]).toContain(await readLatest(server))
      const there = new Set(server.objects.keys())
      server.fault = () => undefined
      server.requests.length = 0
      await publishSet(server, await collect(second.path))
      expect(await readLatest(server)).toBe(second.manifest.buildId)
      const again = server.requests.filter(isWrite).map(({ path }) => path.replace('/sets/', ''))
      expect(again.filter((key) => there.has(key) && !key.endsWith('/latest.json'))).toEqual([])
    }
  }
})

test('a publisher that is overtaken leaves the pointer to the faster one', async () => {
  const server = await startS3Server()
  const { first, second } = builds()
  let isOvertaken = false
  const slow = await collect(first.path)
  const fast = await collect(second.path)
  const overtake = Promise.withResolvers<void>()
  server.fault = ({ method, path }) => {
    if (method === 'PUT' && path.endsWith(`${slow.buildId}/manifest.json`) && !isOvertaken) {
      isOvertaken = true
      overtake.resolve()
      return { status: 503 }
    }
    return undefined
  }
  const losing = publishSet(server, slow, { maxTries: 1 }).catch((error: unknown) => error)
  await overtake.promise
  await losing
  // The objects are there; only manifest and pointer are left to write.
  server.fault = ({ method, path }) => {
    if (method === 'PUT' && path.endsWith('/latest.json') && !server.objects.has('team/set/latest.json')) {
      server.objects.set('team/set/latest.json', {
        bytes: new TextEncoder().encode(pointerTo(fast)),
        etag: '"theirs"',
        metadata: {},
      })
    }
    return undefined
  }
  await expect(publishSet(server, slow)).rejects.toThrow('another publisher moved latest.json')
  expect(new TextDecoder().decode(server.objects.get('team/set/latest.json')?.bytes)).toBe(pointerTo(fast))
  expect(server.objects.has(`team/set/${slow.buildId}/manifest.json`)).toBe(true)
})

test('storage that knows no conditions is written to without, and says so', async () => {
  const server = await startS3Server({ knowsConditions: false })
  const notes: string[] = []
  await publishSet(server, await collect(builds().first.path), { note: (line) => void notes.push(line) })
  expect(await readLatest(server)).toBe(builds().first.manifest.buildId)
  expect(notes).toEqual([expect.stringContaining('no conditional writes')])
})

test('the same build with other files is refused, and what stands there stays', async () => {
  const server = await startS3Server()
  const { first } = builds()
  await publish(server, first.path)
  const before = new Map(server.objects)
  const { code, stderr } = await publish(server, first.path, '--include', 'rejected')
  expect([code, stderr]).toEqual([2, expect.stringContaining('published_otherwise')])
  expect(server.objects).toEqual(before)
})

/** A set with one file that goes up in parts of 5 MiB. */
async function collectLarge(): Promise<{ set: PublishedSet; file: string }> {
  const set = await collect(builds().first.path)
  const file = join(await createFolder(), 'large.bin')
  const bytes = randomBytes(12 * 1024 * 1024)
  await writeFile(file, bytes)
  const large = { path: 'data/large.bin', bytes: bytes.length, sha256: sha256(bytes), content: file }
  return { set: { ...set, files: [...set.files, large] }, file }
}
const partBytes = 5 * 1024 * 1024

test('a large file goes up in parts, and its object has the digest of the whole', async () => {
  const server = await startS3Server()
  const { set } = await collectLarge()
  await publishSet(server, set, { partBytes })
  const object = server.objects.get(`team/set/${set.buildId}/data/large.bin`)
  const { sha256: digest } = set.files.at(-1) ?? {}
  expect([sha256(object?.bytes ?? new Uint8Array()), object?.metadata['sha256']]).toEqual([digest, digest])
  expect(object?.etag).toMatch(/-3"$/)
})

test('parts of an upload that fails are given back, and so are old ones that a kill left; young ones are not', async () => {
  const server = await startS3Server()
  const { set } = await collectLarge()
  server.fault = ({ query }) => (query.get('partNumber') === '3' ? { status: 503 } : undefined)
  await expect(publishSet(server, set, { partBytes })).rejects.toThrow(PublishFailure)
  expect(server.uploads.size).toBe(0)
  expect(await readLatest(server)).toBe(null)
  server.fault = () => undefined
  const leave = (key: string, ageHours: number): void => {
    const initiated = new Date(Date.now() - ageHours * 3_600_000)
    server.uploads.set(key, { key: `team/set/${key}`, initiated, metadata: {}, parts: new Map() })
  }
  leave(`${set.buildId}/data/old`, 25)
  leave(`${set.buildId}/data/young`, 1)
  leave('b-other/data/old', 25)
  await publishSet(server, set, { partBytes })
  expect([...server.uploads.keys()]).toEqual([`${set.buildId}/data/young`, 'b-other/data/old'])
})

test.each(['small', 'large'] as const)(
  'a %s file that changes after it was verified becomes no object',
  async (size) => {
    const server = await startS3Server()
    const { set, file } = await collectLarge()
    await appendFile(file, size === 'small' ? '' : 'x')
    const small = set.files.find(({ path }) => path === 'report.html')
    const files = set.files.map((one) => (one === small && size === 'small' ? { ...one, sha256: 'f'.repeat(64) } : one))
    await expect(publishSet(server, { ...set, files }, { partBytes })).rejects.toThrow('was changed while')
    expect(server.uploads.size).toBe(0)
    const key = `team/set/${set.buildId}/${size === 'small' ? 'report.html' : 'data/large.bin'}`
    expect(server.objects.has(key)).toBe(false)
    expect(await readLatest(server)).toBe(null)
  },
)

test.each([
  ['no credentials', {}, undefined, 's3_credentials'],
  ['credentials that are turned down', credentials, { status: 403 }, 's3_denied'],
  ['a request that the storage does not take', credentials, { status: 400 }, 's3_refused'],
] as const)('%s: exit code 2, and what to mend', async (_, env, fault, code) => {
  const server = await startS3Server()
  server.fault = () => fault
  const own = { AWS_EC2_METADATA_DISABLED: 'true', HOME: await createFolder(), ...env }
  const result = await runCli(listArgs(server, builds().first.path), { env: own })
  expect([result.code, result.stderr]).toEqual([2, expect.stringContaining(code)])
})

test('a bucket that is not there is exit code 2, and is not made', async () => {
  const server = await startS3Server()
  const args = [
    'publish',
    builds().first.path,
    '--to',
    's3://none/x',
    '--endpoint',
    server.url,
    '--region',
    'eu-x',
    '--path-style',
  ]
  const { code, stderr } = await runCli(args, { env: credentials })
  expect([code, stderr]).toEqual([2, expect.stringContaining('s3_not_found')])
  expect(server.requests.filter(isWrite)).toEqual([])
})

test('storage that stays down is exit code 5, and a signal is 130; the earlier build stands', async () => {
  const server = await startS3Server()
  const { first, second } = builds()
  await publishSet(server, await collect(first.path))
  server.fault = ({ method }) => (method === 'PUT' ? { status: 503 } : undefined)
  await expect(publishSet(server, await collect(second.path))).rejects.toThrow(PublishFailure)
  const reached = Promise.withResolvers<void>()
  server.fault = ({ method }) => {
    if (method !== 'PUT') return undefined
    reached.resolve()
    return 'hang'
  }
  const { child, done } = startCli(listArgs(server, second.path, '--json'), { env: credentials })
  await reached.promise
  child.kill('SIGINT')
  const { code, stdout } = await done
  expect([code, JSON.parse(stdout)]).toMatchObject([130, { status: 'interrupted' }])
  expect(await readLatest(server)).toBe(first.manifest.buildId)
})

function pointerTo({ buildId }: PublishedSet): string {
  return JSON.stringify({ buildId, manifest: `${buildId}/manifest.json`, manifestSha256: 'theirs' })
}
