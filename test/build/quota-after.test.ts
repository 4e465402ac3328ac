import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { diffBuilds } from '../../pipeline/diff/diff-builds.ts'
import { runCli } from '../cli/run-cli.ts'
import { startHubServer } from '../support/hub-server.ts'
import { createLeaningModel } from '../support/leaning-model.ts'
import { download, readBranch } from '../publish/read-published.ts'
import { buildWhole, createFolder, digestShards, readBuild, runProject, startServer } from './build-project.ts'
import { countBy, createQuotaProject, numberedPrompts } from './quota-project.ts'

/* What looks at a build with a quota when its rows are chosen. */

const repository = join(import.meta.dirname, '../..')
const modes = { safe_completion: 0.4, direct_answer: 0.35, refuse_with_redirection: 0.25 }
const prompts = numberedPrompts(120)

test('diff says of a prompt that only one of two builds drew that a quota did not draw it, and counts every prompt once', async () => {
  const server = await startServer(createLeaningModel())
  const folder = await createFolder()
  const buildOf = async (name: string, accepted: number) =>
    await buildWhole(
      await createQuotaProject(server.baseUrl, { accepted, modes }, { prompts, folder, config: { name } }),
    )
  const [small, large] = [await buildOf('small', 10), await buildOf('large', 20)]
  const diff = await diffBuilds(small.path, large.path, { top: 100, onChange: () => undefined })
  const { added, removed, unchanged, changed, unaccepted } = diff.changes
  const parts = Object.values(changed).reduce((all, count) => all + count, 0)
  expect(added - removed).toBe(10)
  expect(added + removed + unchanged + parts + unaccepted.same + unaccepted.otherReasons).toBe(120)
  const drawnIn = ({ samples, rejected }: typeof small) =>
    new Set([...samples, ...rejected.filter((row) => row['candidate_id'] !== null)].map((row) => row['prompt_id']))
  const onlyOne = drawnIn(small).symmetricDifference(drawnIn(large)).size
  expect(onlyOne).toBeGreaterThan(5)
  const of = (cause: string) => diff.causes.filter(({ causes }) => causes.join() === cause)
  expect(of('not_drawn').map((one) => one.prompts)).toEqual([onlyOne])
  const others = diff.causes.flatMap(({ causes }) => causes).filter((cause) => cause !== 'not_drawn')
  expect(others.toSorted()).toEqual(['candidate', 'selection'])
})

test('gates look at the rows that the quota took: what it left or never drew repeats no earlier row', async () => {
  const server = await startServer(createLeaningModel())
  const folder = await createFolder()
  const buildOf = async (name: string, from: number, gates: object = {}) => {
    const config = { name, gates: { minGradingCoverage: 0, ...gates } }
    const own = { prompts: prompts.slice(from, from + 60), folder, config }
    const project = await createQuotaProject(server.baseUrl, { accepted: 15, assumedYield: 0.5 }, own)
    return { project, result: (await runProject(project)).result }
  }
  const { result: first } = await buildOf('first', 0)
  if (first.status !== 'published') throw new Error(`got ${first.status}`)
  const duplicates = { against: ['builds/first'] }
  expect((await buildOf('apart', 60, { duplicates })).result.status).toBe('published')
  const { result: second, project } = await buildOf('second', 20, { duplicates })
  if (second.status !== 'held') throw new Error(`got ${second.status}`)
  const [earlier, rows] = [await readBuild(first.path), await readBuild(second.path)]
  const ids = (build: typeof rows) => new Set(build.samples.map((row) => row['prompt_id']))
  const repeated = ids(earlier).intersection(ids(rows)).size
  expect(repeated).toBeGreaterThan(0)
  expect(second.gates?.find(({ gate }) => gate === 'duplicates')?.measured).toMatchObject({
    duplicates: repeated,
    rows: 15,
  })
  expect(second.quota?.lines[0]).toMatchObject({ asked: 15, got: 15, why: [] })
  const checked = await runCli(['gates', 'check', second.path, '-c', project.config])
  expect(checked.code, checked.stderr).toBe(3)
  expect(checked.stdout).toMatch(new RegExp(`failed +duplicates +${repeated} of 15 rows`))
  expect(checked.stdout).toMatch(/passed +quota +1 of 1 lines are met/)
})

test('a short set is published only where the config lets it through; its card says what it lacks, and it can be made again', async () => {
  const server = await startServer(createLeaningModel())
  const hub = await startHubServer()
  const env = { HF_TOKEN: hub.token, HF_ENDPOINT: hub.url }
  const own = { prompts: prompts.slice(0, 30), folder: await createFolder() }
  const asked = { accepted: 20, modes, maxCandidates: 2 }
  const { result: held } = await runProject(await createQuotaProject(server.baseUrl, asked, own))
  if (held.status !== 'held') throw new Error(`got ${held.status}`)
  const to = ['--to', 'hf://datasets/me/set']
  expect((await runCli(['publish', held.path, ...to], { env })).code).not.toBe(0)
  expect(hub.repos.get('me/set')).toBeUndefined()

  const project = await createQuotaProject(server.baseUrl, { ...asked, onShortfall: 'publish' }, own)
  const short = await buildWhole(project, { offline: true })
  const published = await runCli(['publish', '-c', project.config, ...to, '--with-answers'], { env })
  expect(published.code, published.stderr).toBe(0)
  const downloaded = await download(readBranch(hub.repos.get('me/set')))
  expect((await verifyBuild(downloaded)).problems).toEqual([])
  const got = short.manifest.counts.accepted
  expect(await readFile(join(downloaded, 'README.md'), 'utf8')).toContain(`It could not be met: all ${got} of 20`)

  const again = join(await createFolder(), 'again')
  await cp(join(downloaded, 'inputs'), again, { recursive: true })
  await cp(join(project.folder, 'prompts.jsonl'), join(again, 'prompts.jsonl'))
  const store = join(again, '.safe-completions/answers.db')
  expect((await runCli(['store', 'import', store, join(again, 'answers.jsonl.gz')])).code).toBe(0)
  const rebuilt = await runCli(['build', join(again, 'config.yaml'), '--offline'])
  expect(rebuilt.code, rebuilt.stderr).toBe(0)
  const { manifest } = await readBuild(join(again, 'builds/test/latest'))
  expect(manifest.quota).toEqual(short.manifest.quota)
  expect([manifest.shards, manifest.rejected]).toEqual([short.manifest.shards, short.manifest.rejected])
})

test('regrade-first after an edit of a clause keeps the rows that pass, fills the quota, and does so again offline', async () => {
  const server = await startServer(createLeaningModel())
  const folder = await createFolder()
  await cp(join(repository, 'specs'), join(folder, 'specs'), { recursive: true })
  await cp(join(repository, 'prompts'), join(folder, 'prompts'), { recursive: true })
  const config = { specsFolder: 'specs', promptsFolder: 'prompts' }
  const asked = { accepted: 20, modes, categories: { cyber: 0.5, fraud: 0.5 }, maxCandidates: 2 }
  const project = await createQuotaProject(server.baseUrl, asked, { prompts, folder, config })
  const before = await buildWhole(project)
  const spec = join(folder, 'specs/safe-completion/cyber.md')
  await writeFile(spec, (await readFile(spec, 'utf8')).replace('- **CYB-9** ', '- **CYB-9** Mind the edit. '))
  const regrade = { folder: before.path, buildId: before.manifest.buildId }
  const after = await buildWhole(project, { regrade })
  expect(countBy(after.samples, 'mode')).toEqual(countBy(before.samples, 'mode'))
  expect(countBy(after.samples, 'category')).toEqual({ cyber: 10, fraud: 10 })
  const ids = new Set(after.samples.map((row) => row['id']))
  const keptOf = (category: string) =>
    before.samples.filter((row) => row['category'] === category && ids.has(row['id']))
  expect(keptOf('fraud')).toHaveLength(10)
  expect(keptOf('cyber')).toHaveLength(10)
  expect((await verifyBuild(after.path)).problems).toEqual([])
  const again = await buildWhole(project, { regrade, offline: true, recompute: true })
  expect(await digestShards(again.path)).toEqual(await digestShards(after.path))
})
