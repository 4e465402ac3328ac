import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { runCli, type CliResult } from '../cli/run-cli.ts'
import { addCommit, createHubRepo, sha256 } from '../support/hub-repositories.ts'
import { startHubServer, type HubServer } from '../support/hub-server.ts'
import { download, readBranch } from './read-published.ts'
import { makeTwoBuilds } from './two-builds.ts'

const target = 'hf://datasets/me/set'
const builds = makeTwoBuilds()

async function publish(server: HubServer, build: string, ...more: readonly string[]): Promise<CliResult> {
  const env = { HF_TOKEN: server.token, HF_ENDPOINT: server.url }
  const result = await runCli(['publish', build, '--to', target, ...more], { env })
  expect(result.stdout + result.stderr).not.toContain(server.token)
  return result
}

const isWrite = ({ method }: { readonly method: string }): boolean => method !== 'GET' && method !== 'HEAD'
const uploads = (server: HubServer): readonly string[] =>
  server.requests.flatMap(({ method, path }) =>
    method === 'PUT' && path.startsWith('/lfs/') ? [path.split('/')[2] ?? ''] : [],
  )

test('the first publish makes a private, gated repository whose one commit is the whole set without unsafe answers', async () => {
  const server = await startHubServer({ pageSize: 5 })
  const { first } = builds()
  expect(await publish(server, first.path)).toMatchObject({ code: 0 })
  const repo = server.repos.get('me/set')
  expect(repo).toMatchObject({ visibility: 'private', gated: 'manual' })
  const head = repo?.commits.get(repo.branches.get('main') ?? '')
  expect(head?.title).toBe(`Publish ${first.manifest.buildId}`)
  expect(repo?.commits.size).toBe(2)
  expect(repo?.tags.get(first.manifest.buildId)).toBe(head?.oid)
  const files = readBranch(repo)
  const own = [...first.manifest.shards, ...first.manifest.files]
    .map(({ path }) => path)
    .filter((path) => path !== 'gates.json')
  expect([...files.keys()].toSorted()).toEqual([...own, 'manifest.json', '.gitattributes'].toSorted())
  for (const { path, sha256: digest } of first.manifest.shards)
    expect(sha256(files.get(path) ?? new Uint8Array())).toBe(digest)
  expect(new TextDecoder().decode(files.get('README.md'))).toContain('extra_gated_prompt:')
})

test('a download verifies, says what was left out, and fails to when a shard is missing', async () => {
  const server = await startHubServer()
  const { first } = builds()
  await publish(server, first.path)
  const files = readBranch(server.repos.get('me/set'))
  const { problems, manifest } = await verifyBuild(await download(files))
  expect(problems).toEqual([])
  expect(manifest.published?.omitted.map(({ path }) => path)).toEqual([
    ...first.manifest.rejected.map(({ path }) => path),
    'gates.json',
  ])
  expect(manifest.published?.manifestSha256).toBe(sha256(await readFile(join(first.path, 'manifest.json'))))
  const { path: shard = '' } = first.manifest.shards[0] ?? {}
  const cut = new Map([...files].filter(([path]) => path !== shard))
  expect((await verifyBuild(await download(cut))).problems).toEqual([`${shard}: missing`])
})

test('a rerun with nothing changed makes no commit and sends no write', async () => {
  const server = await startHubServer({ pageSize: 3 })
  const { first } = builds()
  await publish(server, first.path)
  server.requests.length = 0
  const { code, stdout } = await publish(server, first.path, '--json')
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { status: 'unchanged', plan: { upload: [], delete: [] } }])
  expect(server.requests.filter(isWrite)).toEqual([])
})

test('the next build uploads the shards that changed alone, and the same commit deletes those that are gone', async () => {
  const server = await startHubServer()
  const { first, second } = builds()
  await publish(server, first.path)
  server.requests.length = 0
  expect(await publish(server, second.path)).toMatchObject({ code: 0 })
  const before = new Map(first.manifest.shards.map(({ path, sha256: digest }) => [path, digest]))
  const changed = second.manifest.shards.filter(({ path, sha256: digest }) => before.get(path) !== digest)
  expect(changed.length).toBeLessThan(second.manifest.shards.length)
  expect(uploads(server).toSorted()).toEqual(changed.map(({ sha256: digest }) => digest).toSorted())
  const repo = server.repos.get('me/set')
  expect(repo?.commits.size).toBe(3)
  expect([...readBranch(repo).keys()].filter((path) => path.startsWith('data/fraud/'))).toEqual([])
  expect((await verifyBuild(await download(readBranch(repo)))).problems).toEqual([])
  // The earlier set stands under its tag.
  expect((await verifyBuild(await download(readBranch(repo, first.manifest.buildId)))).problems).toEqual([])
})

test('a dry run names what would move and sends no write, also before there is a repository', async () => {
  const server = await startHubServer()
  const { first, second } = builds()
  const fresh = JSON.parse((await publish(server, first.path, '--dry-run', '--json')).stdout)
  expect(fresh).toMatchObject({ status: 'planned', exitCode: 0, plan: { skip: [], delete: [] } })
  expect(server.repos.size).toBe(0)
  await publish(server, first.path)
  server.requests.length = 0
  const { stdout } = await publish(server, second.path, '--dry-run', '--json')
  expect(server.requests.filter(isWrite)).toEqual([])
  const { plan } = JSON.parse(stdout)
  expect(plan.delete.map((file: { path: string }) => file.path)).toEqual([
    'data/fraud/train-00000-of-00001.parquet',
    'data/fraud/validation-00000-of-00001.parquet',
  ])
  const pathOf = (file: { path: string; bytes: number }): string => file.path
  expect(plan.upload.map(pathOf)).toEqual(
    expect.arrayContaining(['data/general/train-00000-of-00001.parquet', 'manifest.json']),
  )
  expect(plan.skip.map(pathOf)).toContain('data/cyber/train-00000-of-00001.parquet')
})

test('objects larger than a part go up in parts, and come to the same bytes', async () => {
  const server = await startHubServer({ partBytes: 5_000 })
  const { first } = builds()
  expect(await publish(server, first.path)).toMatchObject({ code: 0 })
  expect(server.requests.filter(({ path }) => path.startsWith('/lfs-part/')).length).toBeGreaterThan(
    first.manifest.shards.length,
  )
  expect((await verifyBuild(await download(readBranch(server.repos.get('me/set'))))).problems).toEqual([])
})

test('a branch is made when it is not there, and another one is left alone', async () => {
  const server = await startHubServer()
  const { first, second } = builds()
  await publish(server, first.path)
  const env = { HF_TOKEN: server.token, HF_ENDPOINT: server.url }
  expect(await runCli(['publish', second.path, '--to', `${target}@next/week`], { env })).toMatchObject({ code: 0 })
  const repo = server.repos.get('me/set')
  expect((await verifyBuild(await download(readBranch(repo, 'next/week')))).manifest.buildId).toBe(
    second.manifest.buildId,
  )
  expect((await verifyBuild(await download(readBranch(repo)))).manifest.buildId).toBe(first.manifest.buildId)
})

test('--include rejected publishes them, and the next set without takes them away', async () => {
  const server = await startHubServer()
  const { first } = builds()
  await publish(server, first.path, '--include', 'rejected')
  const repo = server.repos.get('me/set')
  const { problems, manifest } = await verifyBuild(await download(readBranch(repo)))
  expect([problems, manifest.published?.omitted.map(({ path }) => path)]).toEqual([[], ['gates.json']])
  await publish(server, first.path)
  expect([...readBranch(repo).keys()].filter((path) => path.startsWith('rejected/'))).toEqual([])
})

test('--public makes a repository that everyone may read, without a question on the card', async () => {
  const server = await startHubServer()
  expect(await publish(server, builds().first.path, '--public')).toMatchObject({ code: 0 })
  const repo = server.repos.get('me/set')
  expect(repo).toMatchObject({ visibility: 'public', gated: false })
  expect(new TextDecoder().decode(readBranch(repo).get('README.md'))).not.toContain('extra_gated')
})

test('a repository that everyone may read is refused without --public, and nothing is sent to it', async () => {
  const server = await startHubServer()
  server.repos.set('me/set', createHubRepo('public'))
  const { code, stderr } = await publish(server, builds().first.path)
  expect([code, stderr]).toEqual([2, expect.stringContaining('public_repository')])
  expect(server.requests.filter(isWrite)).toEqual([])
})

test('files that were not published from here are never deleted: a strange repository is refused, others are left', async () => {
  const server = await startHubServer()
  const { first, second } = builds()
  const repo = createHubRepo('private')
  server.repos.set('me/set', repo)
  const strange = { bytes: new TextEncoder().encode('mine'), isLfs: false }
  addCommit(repo, 'main', 'mine', '', new Map([['notes.txt', strange]]))
  const { code, stderr } = await publish(server, first.path)
  expect([code, stderr]).toEqual([2, expect.stringContaining('foreign_repository')])
  expect([...readBranch(repo).keys()]).toEqual(['notes.txt'])

  addCommit(repo, 'main', 'away', '', new Map())
  await publish(server, first.path)
  const head = readBranch(repo)
  addCommit(
    repo,
    'main',
    'mine again',
    '',
    new Map([...head].map(([path, bytes]) => [path, { bytes, isLfs: path.endsWith('.parquet') }] as const)).set(
      'notes.txt',
      strange,
    ),
  )
  const { stdout } = await publish(server, second.path)
  expect(stdout).toContain('notes.txt is left as it is')
  expect([...readBranch(repo).keys()]).toContain('notes.txt')
})
