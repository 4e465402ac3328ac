import { expect, test } from 'vitest'
import { gateCard } from '../../pipeline/publish/hub/gate-card.ts'
import { publishToHub, type HubOptions } from '../../pipeline/publish/hub/publish-hub.ts'
import { PublishFailure } from '../../pipeline/publish/publish-failure.ts'
import type { PublishOutcome } from '../../pipeline/publish/publish-outcome.ts'
import { parseTarget } from '../../pipeline/publish/publish-target.ts'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { runCli, startCli } from '../cli/run-cli.ts'
import { addCommit, findCommit } from '../support/hub-repositories.ts'
import { startHubServer, type HubServer } from '../support/hub-server.ts'
import type { Fault } from '../support/wire-faults.ts'
import { collect, download, readBranch } from './read-published.ts'
import { makeTwoBuilds } from './two-builds.ts'

const to = 'hf://datasets/me/set'
const builds = makeTwoBuilds()

/** Publishes in this process, with waits of a millisecond between tries. */
async function publish(server: HubServer, build: string, options: Partial<HubOptions> = {}): Promise<PublishOutcome> {
  const target = parseTarget(to)
  if (target.kind !== 'hub') throw new Error('expected a hub')
  return await publishToHub(await collect(build, gateCard), target, {
    isDryRun: false,
    signal: new AbortController().signal,
    note: () => undefined,
    token: server.token,
    hubUrl: server.url,
    isPublic: false,
    gating: 'manual',
    maxTries: 3,
    baseDelayMs: 1,
    ...options,
  })
}

async function readIds(server: HubServer): Promise<string | null> {
  const files = readBranch(server.repos.get('me/set'))
  if (!files.has('manifest.json')) return null
  const { problems, manifest } = await verifyBuild(await download(files))
  expect(problems).toEqual([])
  return manifest.buildId
}

test('every request may fail twice in any way that passes, and the set is whole all the same', async () => {
  const server = await startHubServer({ pageSize: 4, partBytes: 8_000 })
  const ways: readonly Fault[] = [
    { status: 429, headers: { 'retry-after': '0' } },
    { status: 503 },
    'reset',
    { status: 500 },
    'lose_answer',
  ]
  const seen = new Map<string, number>()
  server.fault = ({ method, path, query }) => {
    const key = `${method} ${path} ${query.toString()}`
    const n = seen.get(key) ?? 0
    seen.set(key, n + 1)
    return n < 2 ? ways[(seen.size + n) % ways.length] : undefined
  }
  await publish(server, builds().first.path)
  expect(await readIds(server)).toBe(builds().first.manifest.buildId)
  // A commit whose answer was lost is not made twice.
  expect(server.repos.get('me/set')?.commits.size).toBe(2)
  expect(server.repos.get('me/set')?.tags.size).toBe(1)
})

test("a commit whose answer is lost is found, and not taken for somebody else's", async () => {
  const server = await startHubServer()
  let lost = 0
  server.fault = ({ path }) => (path.includes('/commit/') && lost++ === 0 ? 'lose_answer' : undefined)
  const outcome = await publish(server, builds().first.path)
  expect(lost).toBe(2)
  const repo = server.repos.get('me/set')
  expect(outcome).toMatchObject({ status: 'published', revision: repo?.branches.get('main') })
  expect(repo?.commits.size).toBe(2)
})

test('a hub that stays down is a failure of the provider, and the earlier set stands', async () => {
  const server = await startHubServer()
  await publish(server, builds().first.path)
  server.fault = ({ path }) => (path.startsWith('/lfs/') ? { status: 503 } : undefined)
  await expect(publish(server, builds().second.path)).rejects.toThrow(PublishFailure)
  expect(await readIds(server)).toBe(builds().first.manifest.buildId)
  server.fault = () => undefined
  await publish(server, builds().second.path)
  expect(await readIds(server)).toBe(builds().second.manifest.buildId)
})

test('a commit of somebody else in the midst is noticed: nothing is changed, and a rerun goes on', async () => {
  const server = await startHubServer()
  await publish(server, builds().first.path)
  const repo = server.repos.get('me/set')
  if (repo === undefined) throw new Error('expected a repository')
  let isDone = false
  server.fault = ({ path }) => {
    const head = findCommit(repo, 'main')
    if (path.includes('/preupload/') && head !== undefined && !isDone) {
      isDone = true
      addCommit(
        repo,
        'main',
        'theirs',
        '',
        new Map(head.files).set('LICENSE', { bytes: new Uint8Array([1]), isLfs: false }),
      )
    }
    return undefined
  }
  await expect(publish(server, builds().second.path)).rejects.toThrow('somebody else committed')
  expect(findCommit(repo, 'main')?.title).toBe('theirs')
  expect(await publish(server, builds().second.path)).toMatchObject({ status: 'published' })
  expect([...readBranch(repo).keys()]).toContain('LICENSE')
})

const refusals = [
  { what: 'a token that is not valid', fault: { status: 401 }, at: '/api/whoami-v2', code: 'hub_token' },
  {
    what: 'a token without write access',
    fault: { status: 403 },
    at: '/api/datasets/me/set/commit/main',
    code: 'hub_forbidden',
  },
  {
    what: 'a repository that is gone meanwhile',
    fault: { status: 404 },
    at: '/api/datasets/me/set/preupload/main',
    code: 'hub_not_found',
  },
  {
    what: 'a set that the hub does not take',
    fault: { status: 422 },
    at: '/api/datasets/me/set/commit/main',
    code: 'hub_refused',
  },
  {
    what: 'gating that the hub does not allow',
    fault: { status: 400 },
    at: '/api/datasets/me/set/settings',
    code: 'hub_refused',
  },
] as const
test.each(refusals)('$what ends at once with what to mend', async ({ fault, at, code }) => {
  const server = await startHubServer()
  server.fault = ({ path }) => (path === at ? fault : undefined)
  await expect(publish(server, builds().first.path)).rejects.toMatchObject({ name: 'UserError', code })
  expect(server.requests.filter(({ path }) => path === at)).toHaveLength(1)
  expect(await readIds(server)).toBe(null)
})

test.each([{ error: 'gating needs a plan' }, { message: 'gating needs a plan' }])(
  'what the hub says in %j is told',
  async (body) => {
    const server = await startHubServer()
    server.fault = ({ path }) => (path === '/api/datasets/me/set/settings' ? { status: 400, body } : undefined)
    await expect(publish(server, builds().first.path)).rejects.toThrow(
      'got 400 while setting who may ask for access ("gating needs a plan")',
    )
  },
)

test("another owner's name is refused by the hub, and the command says so", async () => {
  const server = await startHubServer()
  const env = { HF_TOKEN: server.token, HF_ENDPOINT: server.url }
  const { code, stderr } = await runCli(['publish', builds().first.path, '--to', 'hf://datasets/you/set'], { env })
  expect([code, stderr]).toEqual([2, expect.stringContaining('hub_forbidden')])
})

test('an address that was signed for an upload is in no message', async () => {
  const server = await startHubServer()
  server.fault = ({ path }) => (path.startsWith('/lfs/') ? { status: 403 } : undefined)
  const env = { HF_TOKEN: server.token, HF_ENDPOINT: server.url }
  const { code, stderr } = await runCli(['publish', builds().first.path, '--to', to], { env })
  expect([code, stderr]).toEqual([2, expect.stringContaining('hub_forbidden')])
  expect(stderr).not.toContain('sig=')
})

test.each([
  ['a token that is missing', { HF_TOKEN: '' }, 'hub_token'],
  ['a token of another kind', { HF_TOKEN: 'sk-something' }, 'hub_token'],
  ['an endpoint with a password', { HF_TOKEN: 'hf_x', HF_ENDPOINT: 'http://me:secret@127.0.0.1:1' }, 'hub_endpoint'],
])('%s is refused before anything is sent, and not printed', async (_, env, code) => {
  const result = await runCli(['publish', builds().first.path, '--to', to], { env })
  expect([result.code, result.stderr]).toEqual([2, expect.stringContaining(code)])
  expect(result.stderr).not.toMatch(/sk-something|secret/)
})

/** Requests that a publish of the second build over the first sends, in order. */
const moments = ['/api/whoami-v2', '/tree/', '/preupload/', '/objects/batch', '/lfs/', '/commit/', '/tag/'] as const
test('killed at any request, with and without its work done, readers see one whole set and the rerun finishes', async () => {
  const { first, second } = builds()
  for (const moment of moments) {
    for (const fault of ['hang', 'lose_answer'] as const) {
      const server = await startHubServer()
      await publish(server, first.path)
      const reached = Promise.withResolvers<void>()
      server.fault = ({ path }) => {
        if (!path.includes(moment)) return undefined
        if (fault === 'hang') reached.resolve()
        return fault
      }
      server.onLost = reached.resolve
      const env = { HF_TOKEN: server.token, HF_ENDPOINT: server.url }
      const { child, done } = startCli(['publish', second.path, '--to', to], { env })
      await reached.promise
      child.kill('SIGKILL')
      expect((await done).signal).toBe('SIGKILL')
      expect([first.manifest.buildId, second.manifest.buildId]).toContain(await readIds(server))
      server.fault = () => undefined
      await publish(server, second.path)
      expect(await readIds(server)).toBe(second.manifest.buildId)
      const repo = server.repos.get('me/set')
      expect(repo?.commits.size).toBe(3)
      expect([...(repo?.tags.keys() ?? [])].toSorted()).toEqual(
        [first.manifest.buildId, second.manifest.buildId].toSorted(),
      )
    }
  }
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s in the midst of an upload ends with 130, and the earlier set stands',
  async (signal) => {
    const server = await startHubServer()
    const { first, second } = builds()
    await publish(server, first.path)
    const reached = Promise.withResolvers<void>()
    server.fault = ({ path }) => {
      if (!path.startsWith('/lfs/')) return undefined
      reached.resolve()
      return 'hang'
    }
    const env = { HF_TOKEN: server.token, HF_ENDPOINT: server.url }
    const { child, done } = startCli(['publish', second.path, '--to', to, '--json'], { env })
    await reached.promise
    child.kill(signal)
    const { code, stdout } = await done
    expect([code, JSON.parse(stdout)]).toMatchObject([130, { status: 'interrupted', exitCode: 130 }])
    expect(await readIds(server)).toBe(first.manifest.buildId)
  },
)
