import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import type { StoredAnswer } from '../../pipeline/answers/answer-store.ts'
import { openSqliteDecisions } from '../../pipeline/answers/sqlite-decisions.ts'
import { openSqliteHousekeeping } from '../../pipeline/answers/sqlite-housekeeping.ts'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { findBuilds } from '../../pipeline/build/find-builds.ts'
import { readUsedRequests } from '../../pipeline/build/used-requests.ts'
import { toAsync } from '../../pipeline/stages/row-streams.ts'
import { buildWhole, createProject, digestShards, runProject, startServer } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { decide } from '../decisions/make-decisions.ts'
import { runCli } from '../cli/run-cli.ts'
import { collect, withTemporaryFolder } from '../shards/temporary-folder.ts'
import { createPlayModel } from '../support/play-model.ts'
import { createDemoProject, listDigests, putAll } from './demo-project.ts'
import { pathOf } from './store-contract.ts'
import { makeEntries, makeEntry } from './stored-answers.ts'

/** Every way for a prompt to end, repairs and judges that cannot be read among them. */
const play = createPlayModel({ misfits: { malformed: 10, refused: 5, filtered: 5, truncated: 5 }, brokenJudges: 8 })

async function gc(store: string, ...args: readonly string[]) {
  return await runCli(['store', 'gc', store, ...args])
}

async function listUsed(...folders: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set(await collect(readUsedRequests(await findBuilds(folders))))
}

/** Two builds on one store: the prompts 0 to 9 and 5 to 14. */
async function createTwoBuilds() {
  const server = await startServer(play)
  const prompts = seedPrompts(15)
  const options = { baseUrl: server.baseUrl }
  const first = await createProject({ ...options, prompts: prompts.slice(0, 10), config: { name: 'first' } })
  const { path: firstBuild } = await buildWhole(first)
  const second = await createProject({
    ...options,
    prompts: prompts.slice(5),
    config: { name: 'second' },
    folder: first.folder,
  })
  const { path: secondBuild } = await buildWhole(second)
  return { ...second, server, firstBuild, secondBuild, builds: join(second.folder, 'builds') }
}

test('after a gc that keeps the demo, the demo builds offline with no miss and the same bytes', async () => {
  const demo = await createDemoProject()
  await putAll(demo.store, makeEntries(50))
  expect((await runCli(['build', demo.config, '--offline'])).code).toBe(0)
  const before = await digestShards(join(demo.home, 'latest/'))
  const recorded = (await listDigests(demo.store)).filter(
    (digest) => !makeEntries(50).some((one) => one.digest === digest),
  )

  const { code, stdout } = await gc(demo.store, '--builds', demo.builds, '--yes')
  expect([code, stdout]).toEqual([0, expect.stringContaining('dropping 50 answers')])
  expect(await listDigests(demo.store)).toEqual(recorded)
  await rm(demo.builds, { recursive: true })
  await demo.dropRecordings()
  const again = await runCli(['build', demo.config, '--offline', '--json'])
  expect(again.code, again.stderr).toBe(0)
  expect(JSON.parse(again.stdout)).toMatchObject({ status: 'published', requests: { unavailable: 0 } })
  expect(await digestShards(join(demo.home, 'latest/'))).toEqual(before)
})

test('a store holds nothing beyond what its builds name: no row forgets a request', async () => {
  const { store, builds } = await createTwoBuilds()
  expect(new Set(await listDigests(store))).toEqual(await listUsed(builds))
})

test('dropping a build frees exactly the answers that it does not share', async () => {
  const project = await createTwoBuilds()
  const { store, builds, firstBuild, secondBuild, server } = project
  const [first, second] = [await listUsed(firstBuild), await listUsed(secondBuild)]
  const own = first.difference(second)
  expect([own.size > 0, first.intersection(second).size > 0]).toEqual([true, true])
  const before = await digestShards(secondBuild)

  await rm(join(builds, 'first'), { recursive: true })
  expect((await gc(store, '--builds', builds, '--yes')).stdout).toContain(`dropping ${own.size} answers`)
  expect(await listDigests(store)).toEqual([...second].toSorted())
  const sent = server.requests.count
  const { path } = await buildWhole(project, { recompute: true })
  expect([await digestShards(path), server.requests.count]).toEqual([before, sent])
})

test('a build that a gate held back is kept, and a link to a build is not taken for a second one', async () => {
  const server = await startServer(createPlayModel({ brokenJudges: 40 }))
  const config = { gates: { minGradingCoverage: 1 } }
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(10), config })
  const { result } = await runProject(project)
  expect(result.status).toBe('held')
  const { stdout } = await gc(project.store, '--builds', join(project.folder, 'builds'))
  expect(stdout).toContain('builds kept: 1;')
  expect(stdout).toContain('would drop 0 answers')
})

test('an answer that a regraded build took over from an earlier one is kept with it', async () => {
  const server = await startServer(createPlayModel())
  const specs = join(import.meta.dirname, '../../specs')
  const options = { baseUrl: server.baseUrl, config: { specsFolder: 'specs' } }
  const project = await createProject(options)
  await cp(specs, join(project.folder, 'specs'), { recursive: true })
  const first = await buildWhole(project)
  const shared = join(project.folder, 'specs/safe-completion/_shared.md')
  await writeFile(shared, `${await readFile(shared, 'utf8')}\nWeigh each word.\n`)
  const regrade = { folder: first.path, buildId: first.manifest.buildId }
  const second = await buildWhole(project, { regrade })
  expect(second.samples.some((row) => row['spec_digest'] !== row['certified_spec_digest'])).toBe(true)

  await rm(first.path, { recursive: true })
  const { stdout } = await gc(project.store, '--builds', join(project.folder, 'builds'), '--yes')
  expect(stdout).toMatch(/dropping [1-9]/)
  const sent = server.requests.count
  const again = { folder: second.path, buildId: second.manifest.buildId }
  const { result } = await runProject(project, { regrade: again, recompute: true })
  expect(result.status).not.toBe('incomplete')
  expect(server.requests.count).toBe(sent)
})

test('without --yes nothing is changed, and the answers of an interrupted build are pointed out', async () => {
  const { store, builds, secondBuild } = await createTwoBuilds()
  const late = { ...makeEntry(), createdAt: '2999-01-01T00:00:00.000Z' }
  await putAll(store, [late, makeEntry({ repeat: 1 })])
  const before = await listDigests(store)
  const { code, stdout } = await gc(store, '--builds', builds, secondBuild)
  expect(code).toBe(0)
  expect(stdout).toContain('would drop 2 answers (20 tokens in, 10 out, no price)')
  expect(stdout).toContain('1 of these are newer than the newest build')
  expect(stdout).toContain('nothing was changed')
  expect(await listDigests(store)).toEqual(before)
})

/** As `store gc` does, for stores without builds. */
async function keepOnly(path: string, kept: readonly StoredAnswer[]): Promise<void> {
  const store = openSqliteHousekeeping(path, 'alone')
  try {
    await store.noteUse(toAsync(kept.map(({ digest }) => digest)))
    await store.dropUnused()
  } finally {
    await store.close()
  }
}

describe('dropping answers', () => {
  test('drops their surplus answers and the texts that nobody quotes any more, and no others', () =>
    withTemporaryFolder(async (folder) => {
      const path = pathOf(folder)
      const entries = makeEntries(6)
      const kept = entries.slice(0, 2)
      await putAll(path, entries)
      await putAll(
        path,
        entries.map((one) => ({ ...one, answer: { ...one.answer, text: 'again' } })),
      )
      await keepOnly(path, kept)
      const store = openSqliteHousekeeping(path, 'read')
      expect((await collect(store.entries())).map(({ digest }) => digest)).toEqual(
        kept.map(({ digest }) => digest).toSorted(),
      )
      expect(await store.size()).toMatchObject({ answers: 2, surplus: 2 })
      await store.close()
      const database = new DatabaseSync(path, { readOnly: true })
      const texts = database.prepare('SELECT text FROM texts ORDER BY text').all()
      database.close()
      expect(texts.map(({ text }) => text)).toEqual(['System 0', 'System 1'])
    }))

  test('leaves a store that takes new answers, also under a text that was dropped', () =>
    withTemporaryFolder(async (folder) => {
      const path = pathOf(folder)
      const entries = makeEntries(6)
      await putAll(path, entries)
      await keepOnly(path, [])
      await putAll(path, entries)
      const store = openSqliteHousekeeping(path, 'read')
      expect(new Set(await collect(store.entries()))).toEqual(new Set(entries))
      await store.close()
    }))

  test('gives the store another identity, so that no plan and no fingerprint counts on what is gone', () =>
    withTemporaryFolder(async (folder) => {
      const path = pathOf(folder)
      const [first, second] = makeEntries(2)
      if (!first || !second) throw new Error('expected entries')
      await putAll(path, [first, second])
      const identify = async (): Promise<string> => {
        const store = openSqliteStore(path)
        const id = await store.identify()
        await store.close()
        return id
      }
      const before = await identify()
      await keepOnly(path, [first, second])
      expect(await identify()).toBe(before)
      await keepOnly(path, [first])
      expect(await identify()).not.toBe(before)
    }))

  test('makes the file smaller', () =>
    withTemporaryFolder(async (folder) => {
      const path = pathOf(folder)
      await putAll(path, [makeEntry({}, 'x'.repeat(3_000_000)), makeEntry({ repeat: 1 })])
      expect((await readFile(path)).length).toBeGreaterThan(3_000_000)
      await keepOnly(path, [makeEntry({ repeat: 1 })])
      expect((await readFile(path)).length).toBeLessThan(200_000)
    }))
})

describe('a gc is refused, and drops nothing,', () => {
  test('when a folder has no build: a slip in one of them would cost its builds', async () => {
    const { store, builds, folder } = await createTwoBuilds()
    const before = await listDigests(store)
    for (const wrong of [join(folder, 'none'), join(folder, '.safe-completions')]) {
      const { code, stderr } = await gc(store, '--builds', builds, '--builds', wrong, '--yes')
      expect([code, stderr]).toEqual([2, expect.stringContaining('no_builds')])
    }
    expect(await listDigests(store)).toEqual(before)
  })

  test('when the builds are of another store', async () => {
    const { builds, folder } = await createTwoBuilds()
    const path = join(folder, 'other.db')
    await putAll(path, makeEntries(3))
    const { code, stderr } = await gc(path, '--builds', builds, '--yes')
    expect([code, stderr]).toEqual([2, expect.stringContaining('foreign_builds')])
    expect((await listDigests(path)).length).toBe(3)
  })

  test("when a build's format hides what it rests on", async () => {
    const server = await startServer(createPlayModel())
    const config = { emit: { format: 'openai_jsonl' } }
    const { store, folder, ...project } = await createProject({ baseUrl: server.baseUrl, config })
    expect((await runProject({ store, folder, ...project })).result.status).toBe('published')
    const before = await listDigests(store)
    const { code, stderr } = await gc(store, '--builds', join(folder, 'builds'), '--yes')
    expect([code, stderr]).toEqual([2, expect.stringContaining('hidden_rows')])
    expect(await listDigests(store)).toEqual(before)
  })

  test('when a shard of a kept build is gone, or is not the one that its manifest names', async () => {
    const { store, builds, firstBuild, secondBuild } = await createTwoBuilds()
    const before = await listDigests(store)
    const rejected = join(firstBuild, 'rejected/rejected-00000-of-00001.parquet')
    await cp(join(secondBuild, 'rejected/rejected-00000-of-00001.parquet'), rejected)
    expect((await gc(store, '--builds', builds, '--yes')).stderr).toContain('damaged_build')
    await rename(rejected, `${rejected}.away`)
    expect((await gc(store, '--builds', builds, '--yes')).stderr).toContain('damaged_build')
    expect(await listDigests(store)).toEqual(before)
  })

  test('while anything else has the store open, idle or not; a dry run is not', async () => {
    const { store: path, builds } = await createTwoBuilds()
    const store = openSqliteStore(path)
    const { code, stderr } = await gc(path, '--builds', builds, '--yes')
    expect([code, stderr]).toEqual([2, expect.stringContaining('locked by another process')])
    expect((await gc(path, '--builds', builds)).code).toBe(0)
    await store.close()
    expect((await gc(path, '--builds', builds, '--yes')).code).toBe(0)
  })
})

test('what auditors decided about, what judges said when calibrated, and what prompts were made from stays, and is said', async () => {
  const demo = await createDemoProject()
  expect((await runCli(['build', demo.config, '--offline'])).code).toBe(0)
  const [decided, calibrated, made, other] = makeEntries(4)
  if (decided === undefined || calibrated === undefined || made === undefined || other === undefined)
    throw new Error('expected four entries')
  await putAll(demo.store, [
    decided,
    { ...calibrated, step: 'calibrate:safety' },
    { ...made, step: 'synthesize:write' },
    other,
  ])
  const decisions = openSqliteDecisions(demo.store)
  await decisions.add([decide(1, 'reject', 'ana', 1, { candidateId: `c_${decided.digest.slice(0, 20)}` })])
  await decisions.close()
  const { code, stdout } = await gc(demo.store, '--builds', demo.builds, '--yes')
  expect(code).toBe(0)
  expect(stdout).toContain('kept although no build uses them: 3 ')
  const left = await listDigests(demo.store)
  expect(left).toEqual(expect.arrayContaining([decided.digest, calibrated.digest, made.digest]))
  expect(left).not.toContain(other.digest)
})

test('the repair that holds the text of a decided candidate stays with its first reply', async () => {
  const demo = await createDemoProject()
  expect((await runCli(['build', demo.config, '--offline'])).code).toBe(0)
  const first = makeEntry({ messages: [{ role: 'user', content: 'a decided question' }] })
  const repair = makeEntry({
    messages: [
      ...first.request.messages,
      { role: 'assistant', content: 'a reply out of form' },
      { role: 'user', content: 'Say it again in form.' },
    ],
  })
  await putAll(demo.store, [
    { ...first, step: 'generate' },
    { ...repair, step: 'generate' },
  ])
  const decisions = openSqliteDecisions(demo.store)
  await decisions.add([decide(1, 'accept', 'ana', 1, { candidateId: `c_${first.digest.slice(0, 20)}` })])
  await decisions.close()
  const { stdout } = await gc(demo.store, '--builds', demo.builds, '--yes')
  expect(stdout).toContain('kept although no build uses them: 2 ')
  expect(await listDigests(demo.store)).toEqual(expect.arrayContaining([first.digest, repair.digest]))
})
