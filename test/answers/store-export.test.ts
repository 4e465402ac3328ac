import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openSqliteHousekeeping } from '../../pipeline/answers/sqlite-housekeeping.ts'
import { findBuilds } from '../../pipeline/build/find-builds.ts'
import { readUsedRequests } from '../../pipeline/build/used-requests.ts'
import { buildWhole, createProject, digestShards, runProject, startServer } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { runCli } from '../cli/run-cli.ts'
import { collect, withTemporaryFolder } from '../shards/temporary-folder.ts'
import { createPlayModel } from '../support/play-model.ts'
import { createDemoProject, demoRecording, listDigests, putAll, readAll } from './demo-project.ts'
import { pathOf } from './store-contract.ts'
import { makeEntries, makeEntry } from './stored-answers.ts'

async function run(...args: readonly string[]) {
  return await runCli(['store', ...args])
}

test("the demo's recording is what the demo build uses of a store with more in it", async () => {
  const demo = await createDemoProject()
  await putAll(demo.store, makeEntries(20))
  expect((await runCli(['build', demo.config, '--offline'])).code).toBe(0)
  const file = join(demo.builds, 'demo.jsonl')
  const { code, stdout } = await run('export', demo.store, file, '--builds', join(demo.home, 'latest'))
  expect([code, stdout]).toEqual([0, expect.stringContaining('; 0 that the builds name are not in the store')])
  expect(await readFile(file, 'utf8')).toBe(await readFile(demoRecording, 'utf8'))
})

test('a store made from the export of a build has just what the build names, and builds it offline', async () => {
  const server = await startServer(createPlayModel({ misfits: { malformed: 10, refused: 5 }, brokenJudges: 8 }))
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(10) })
  const { path } = await buildWhole(project)
  const before = await digestShards(path)
  await putAll(project.store, makeEntries(5))
  const file = join(project.folder, 'answers.jsonl.gz')
  expect((await run('export', project.store, file, '--builds', path)).code).toBe(0)
  await rm(project.store)
  expect((await run('import', project.store, file)).code).toBe(0)
  const used = new Set(await collect(readUsedRequests(await findBuilds([path]))))
  expect(await listDigests(project.store)).toEqual([...used].toSorted())
  const sent = server.requests.count
  const { result } = await runProject(project, { offline: true, recompute: true })
  expect([result.status, server.requests.count]).toEqual(['unchanged', sent])
  expect(await digestShards(path)).toEqual(before)
})

test('answers that a build names and the store lacks are counted', async () => {
  const server = await startServer(createPlayModel())
  const { store, folder, ...project } = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(4) })
  const { path } = await buildWhole({ store, folder, ...project })
  const all = await readAll(store)
  const poorer = join(folder, 'poorer.db')
  await putAll(poorer, all.slice(3))
  const { stdout } = await run('export', poorer, join(folder, 'out.jsonl'), '--builds', path)
  expect(stdout).toContain(`${all.length - 3} answers written`)
  expect(stdout).toContain('; 3 that the builds name are not in the store')
})

describe('an export', () => {
  const entries = [
    { ...makeEntry(), step: 'generate', category: 'cyber' },
    { ...makeEntry({ repeat: 1 }), step: 'grade:safety', category: 'cyber' },
    { ...makeEntry({ repeat: 2 }), step: 'grade:reasoning', category: 'fraud' },
    { ...makeEntry({ repeat: 3 }), step: 'grader', category: null },
  ]

  test.each([
    [{ step: 'generate' }, [0]],
    [{ step: 'grade' }, [1, 2]],
    [{ step: 'grade:safety' }, [1]],
    [{ category: 'cyber' }, [0, 1]],
    [{ step: 'grade', category: 'fraud' }, [2]],
    [{}, [0, 1, 2, 3]],
  ])('of %j has the answers %j and no others', (choice, expected) =>
    withTemporaryFolder(async (folder) => {
      await putAll(pathOf(folder), entries)
      const store = openSqliteHousekeeping(pathOf(folder), 'read')
      const chosen = await collect(store.entries(choice))
      expect(chosen.map(({ request }) => request.repeat).toSorted((a, b) => a - b)).toEqual(expected)
      const counts = (await store.measure(choice)).map(({ answers }) => answers)
      expect(counts.reduce((all, count) => all + count, 0)).toBe(expected.length)
      await store.close()
    }),
  )

  test('with --step and --category writes the answers of both', () =>
    withTemporaryFolder(async (folder) => {
      const [path, copy, file] = [pathOf(folder), pathOf(folder, 'copy'), join(folder, 'some.jsonl')]
      await putAll(path, entries)
      const { stdout } = await run('export', path, file, '--step', 'grade', '--category', 'cyber')
      expect(stdout).toContain('1 answers written')
      await run('import', copy, file)
      expect((await readAll(copy)).map(({ step }) => step)).toEqual(['grade:safety'])
    }))

  test('of a step or category that no answer has names those that there are', () =>
    withTemporaryFolder(async (folder) => {
      await putAll(pathOf(folder), entries)
      const { code, stderr } = await run('export', pathOf(folder), join(folder, 'none.jsonl'), '--step', 'grade:safe')
      expect(code).toBe(2)
      expect(stderr).toContain('generate, grade:reasoning, grade:safety, grader')
      expect(stderr).toContain('cyber, fraud')
    }))

  test('to a name in .gz is the same text, compressed, and comes back whole', () =>
    withTemporaryFolder(async (folder) => {
      const [path, copy] = [pathOf(folder), pathOf(folder, 'copy')]
      const many = [...makeEntries(300), makeEntry({}, 'é世\u{1f600}'.repeat(40_000))]
      await putAll(path, many)
      const [plain, packed] = [join(folder, 'all.jsonl'), join(folder, 'all.jsonl.gz')]
      await run('export', path, plain)
      await run('export', path, packed)
      expect(gunzipSync(await readFile(packed)).equals(await readFile(plain))).toBe(true)
      expect((await readFile(packed)).length).toBeLessThan((await readFile(plain)).length / 2)
      expect((await run('import', copy, packed)).stdout).toBe('301 answers added, 0 known already\n')
      expect(await readAll(copy)).toEqual(await readAll(path))
    }))
})

test.each([
  ['that is cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ['that is not compressed', () => Buffer.from('{"recording":1}\n')],
])('a recording in .gz %s is a user error', (_, damage) =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'all.jsonl.gz')
    await putAll(pathOf(folder), makeEntries(50))
    await run('export', pathOf(folder), file)
    await writeFile(file, damage(await readFile(file)))
    const { code, stderr } = await run('import', pathOf(folder, 'copy'), file)
    expect([code, stderr]).toEqual([2, expect.stringContaining('error [recording]')])
  }),
)
