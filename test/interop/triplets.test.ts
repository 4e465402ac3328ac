import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse as parseCsv } from 'csv-parse/sync'
import { afterAll, describe, expect, test, type TestContext } from 'vitest'
import { z } from 'zod'
import { manifestSchema, type Manifest } from '../../pipeline/build/manifest.ts'
import { writerNames } from '../../pipeline/shards/writers.ts'
import { findPublicData } from '../importers/public-data.ts'
import { startChatServer } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { readAccounts, tally, type Accounts } from './accounts.ts'
import { fewestExamples, findOpenaiFlaw } from './find-openai-flaw.ts'
import { readWithDuckdb, readWithHyparquet, type Files } from './read-rows.ts'
import { buildTriplets, mishaps, runCommand, type BuildChoice, type TripletsBuild } from './triplets-project.ts'

/*
 * One build of public prompts through the command, with a play model that does everything wrong now and then; every
 * other build of this file takes its answers from the first one's store.
 */

type Project = {
  readonly dataFolder: string
  readonly folder: string
  readonly build: (choice: BuildChoice) => Promise<TripletsBuild>
  readonly first: TripletsBuild
  readonly manifest: Manifest
  readonly files: Files
  readonly accounts: Accounts
}

const messages = { format: 'messages', writer: writerNames[0] } as const
const cleanups: (() => Promise<void>)[] = []
let opened: Promise<Project> | null = null

function openProject(context: TestContext): Promise<Project> {
  const dataFolder = findPublicData(context)
  opened ??= startProject(dataFolder)
  return opened
}

async function startProject(dataFolder: string): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'triplets-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  const server = await startChatServer({ reply: createPlayModel(mishaps), keepRequests: false })
  cleanups.push(() => server.close())
  const build = (choice: BuildChoice) => buildTriplets({ folder, dataFolder, baseUrl: server.baseUrl }, choice)
  const first = await build({ name: 'triplets', emit: messages })
  const files = await readWithHyparquet(first.path)
  return {
    dataFolder,
    folder,
    build,
    first,
    manifest: await readManifest(first.path),
    files,
    accounts: readAccounts(files),
  }
}

const readManifest = async (build: string): Promise<Manifest> =>
  manifestSchema.parse(JSON.parse(await readFile(join(build, 'manifest.json'), 'utf8')))

const tripletSchema = z.looseObject({
  prompt_benign: z.string(),
  prompt_dual_use: z.string(),
  prompt_malicious: z.string(),
})

afterAll(async () => {
  for (const cleanUp of cleanups.toReversed()) await cleanUp()
})

describe('a build of the 180 public intent triplets', { timeout: 180_000 }, () => {
  test('has 360 candidates, each once: in a shard or among the rejected', async (context) => {
    const { first, accounts } = await openProject(context)
    expect(first.status).toBe('published')
    expect(first.requests.run.answers).toBeGreaterThan(360)
    const accepted = accounts.accepted.map(({ candidateId }) => candidateId)
    const rejected = accounts.rejected.map(({ candidateId }) => candidateId)
    expect(accepted.length).toBeGreaterThan(60)
    expect(accepted.length + rejected.length).toBe(360)
    expect(new Set([...accepted, ...rejected]).size).toBe(360)
    expect(new Set(accepted).isDisjointFrom(new Set(rejected))).toBe(true)
    const perPrompt = tally([...accounts.accepted, ...accounts.rejected].map(({ promptId }) => promptId))
    expect(Object.keys(perPrompt)).toHaveLength(180)
    expect(new Set(Object.values(perPrompt))).toEqual(new Set([2]))
  })

  test('has met what a real run meets', async (context) => {
    const { accounts } = await openProject(context)
    const reasons = tally(accounts.rejected.map(({ reason }) => reason))
    const expected = ['malformed', 'model_refused', 'content_filter', 'truncated'].map((code) => `generate: ${code}`)
    expect(Object.keys(reasons)).toEqual(
      expect.arrayContaining([...expected, 'grade: unsafe', 'grade: ungraded', 'select: outranked']),
    )
  })

  test('has a manifest that counts what the rows hold', async (context) => {
    const { manifest, accounts, files } = await openProject(context)
    const { counts } = manifest
    const { accepted, rejected, judged, ungraded } = accounts
    expect(counts).toMatchObject({ rowsRead: 60, badRows: 0, prompts: 180, gradedPrompts: 180, openPrompts: 0 })
    expect(counts).toMatchObject({ candidates: 360, accepted: accepted.length, judged, ungraded })
    expect(counts.rejectedPrompts).toEqual({})
    const reasons = Object.entries(counts.rejectedCandidates).flatMap(([stage, codes]) =>
      Object.entries(codes).map(([code, count]) => [`${stage}: ${code}`, count]),
    )
    expect(Object.fromEntries(reasons)).toEqual(tally(rejected.map(({ reason }) => reason)))
    expect(counts.modes).toEqual(tally(accepted.map(({ mode }) => mode)))
    expect(counts.intents).toEqual(tally(accepted.map(({ intent }) => intent)))
    expect(counts.categories).toEqual(tally(accepted.map(({ category }) => category)))
    const shards = [...manifest.shards, ...manifest.rejected].map(({ path, rows }) => [path, rows] as const)
    const onDisk = Object.entries(files).map(([path, rows]) => [path, rows.length] as const)
    expect(Object.fromEntries(shards)).toEqual(Object.fromEntries(onDisk))
  })

  test('has a manifest that names the bytes of every file', async (context) => {
    const { manifest, first } = await openProject(context)
    const listed = [...manifest.shards, ...manifest.rejected, ...manifest.files]
    for (const { path, bytes, sha256 } of listed) {
      const content = await readFile(join(first.path, path))
      expect([path, content.length]).toEqual([path, bytes])
      expect([path, createHash('sha256').update(content).digest('hex')]).toEqual([path, sha256])
    }
    expect(await runCommand('verify', first.path)).toContain(': ok')
  })

  test('holds the public prompts word for word, each with the family and the intent of its row', async (context) => {
    const { dataFolder, accounts } = await openProject(context)
    const source = await readFile(join(dataFolder, 'intent-triplets/opensafeintent_60.json'), 'utf8')
    const expected = z
      .array(tripletSchema)
      .parse(JSON.parse(source))
      .flatMap((row, index) => [
        [row.prompt_benign, `row ${index}: benign`],
        [row.prompt_dual_use, `row ${index}: dual_use`],
        [row.prompt_malicious, `row ${index}: malicious`],
      ])
    const places = new Map(expected.map(([prompt = '', place = '']) => [prompt, place]))
    const outcomes = [...accounts.accepted, ...accounts.rejected]
    expect(new Set(outcomes.map(({ prompt }) => prompt))).toEqual(new Set(places.keys()))
    const rowOfFamily = new Map<string, string>()
    for (const { prompt, family, intent } of outcomes) {
      const [row = '', itsIntent] = (places.get(prompt) ?? '').split(': ')
      expect(intent).toBe(itsIntent)
      expect(rowOfFamily.get(family) ?? row).toBe(row)
      rowOfFamily.set(family, row)
    }
    expect(new Set(rowOfFamily.values()).size).toBe(60)
  })

  test('has 60 families of three prompts, none on both sides of the split', async (context) => {
    const { accounts } = await openProject(context)
    const outcomes = [...accounts.accepted, ...accounts.rejected]
    const families = Map.groupBy(outcomes, ({ family }) => family)
    const sizes = [...families.values()].map((rows) => new Set(rows.map(({ promptId }) => promptId)).size)
    expect(sizes).toEqual(Array.from({ length: 60 }, () => 3))
    const splits = Map.groupBy(accounts.accepted, ({ family }) => family)
    for (const [family, rows] of splits) {
      expect([family, new Set(rows.map(({ split }) => split)).size]).toEqual([family, 1])
    }
    expect(Object.keys(tally(accounts.accepted.map(({ split }) => split))).toSorted()).toEqual(['train', 'validation'])
    for (const { path, category } of accounts.accepted) expect(path.split('/')[1]).toBe(category)
  })
})

describe('the shards', { timeout: 180_000 }, () => {
  test.for(writerNames)('of %s read the same in DuckDB and in hyparquet, value by value', async (writer, context) => {
    const { build } = await openProject(context)
    const { path, status, requests } = await build({
      name: `by-${writer}`,
      emit: { ...messages, writer },
      offline: true,
    })
    expect([status, requests.run.answers]).toEqual(['published', 0])
    const [ours, duckdb] = [await readWithHyparquet(path), await readWithDuckdb(path)]
    expect(duckdb).toEqual(ours)
    for (const [name, rows] of Object.entries(ours)) {
      const columns = duckdb[name]?.map((row) => Object.keys(row))
      expect(columns).toEqual(rows.map((row) => Object.keys(row)))
    }
  })

  test('of both writers hold the same rows in the same files', async (context) => {
    const { build, files } = await openProject(context)
    for (const writer of writerNames) {
      const { path } = await build({ name: `by-${writer}`, emit: { ...messages, writer }, offline: true })
      expect(await readWithHyparquet(path)).toEqual(files)
    }
  })

  test('of openai_jsonl hold only lines that the fine-tuning API takes', async (context) => {
    const { build, accounts } = await openProject(context)
    const emit = { ...messages, format: 'openai_jsonl' }
    const { path, requests } = await build({ name: 'openai', emit, offline: true })
    expect(requests.run.answers).toBe(0)
    const lines: string[] = []
    for (const name of await readdir(join(path, 'data'), { recursive: true })) {
      if (!name.endsWith('.jsonl')) continue
      const content = await readFile(join(path, 'data', name), 'utf8')
      expect(content.endsWith('\n')).toBe(true)
      lines.push(...content.slice(0, -1).split('\n'))
    }
    expect(lines.map(findOpenaiFlaw).filter((flaw) => flaw !== null)).toEqual([])
    expect(lines).toHaveLength(accounts.accepted.length)
    expect(lines.length).toBeGreaterThanOrEqual(fewestExamples)
  })
})

const sets = {
  xstest: 'xstest/xstest_prompts.csv',
  'coconot-contrast': 'coconot/coconot_contrast_eval.jsonl',
  'coconot-safety': 'coconot/coconot_eval_safety.jsonl',
} as const

const asEvaluations = (dataFolder: string): readonly object[] =>
  Object.entries(sets).map(([name, path]) => ({ name, path: join(dataFolder, path), fields: { prompt: 'prompt' } }))

describe('with XSTest and both CoCoNot files as evaluations', { timeout: 180_000 }, () => {
  test('no triplet is taken for one of theirs', async (context) => {
    const { build, dataFolder, files } = await openProject(context)
    const evaluations = asEvaluations(dataFolder)
    const { path } = await build({ name: 'evaluated', emit: messages, evaluations, offline: true })
    expect((await readManifest(path)).counts.rejectedPrompts).toEqual({})
    expect(await readWithHyparquet(path)).toEqual(files)
  })

  test('a copy of one prompt of each is kept out and named', async (context) => {
    const { build, dataFolder, folder, accounts } = await openProject(context)
    const planted = await Promise.all(
      Object.entries(sets).map(async ([name, path]) => {
        const text = await readFile(join(dataFolder, path), 'utf8')
        return { name, place: `${join(dataFolder, path)}:`, prompt: readPrompt(path, text, 7) }
      }),
    )
    const lines = planted.map(({ prompt }, index) => `${JSON.stringify({ prompt: disguise(prompt, index) })}\n`)
    await writeFile(join(folder, 'planted.jsonl'), lines.join(''))
    const labels = { category: { value: 'fraud' }, intent: { value: 'benign' } }
    const source = { name: 'planted', path: 'planted.jsonl', fields: { prompt: 'prompt', ...labels } }
    const choice = { moreSources: [source], evaluations: asEvaluations(dataFolder), offline: true }
    const { path } = await build({ name: 'planted', emit: messages, ...choice })
    const { counts } = await readManifest(path)
    expect(counts.rejectedPrompts).toEqual({ screen: { contaminated: 3 } })
    expect([counts.prompts, counts.gradedPrompts, counts.accepted]).toEqual([183, 180, accounts.accepted.length])
    const rows = Object.values(await readWithHyparquet(path)).flat()
    const found = rows.filter((row) => row['code'] === 'contaminated')
    const evidence = found.flatMap((row) => z.array(z.string()).parse(row['evidence']))
    for (const { name, place } of planted) {
      expect(evidence).toContain(`evaluation: ${name}`)
      expect(evidence).toContainEqual(expect.stringContaining(`evaluation at: ${place}`))
    }
    expect(found.every((row) => row['source'] === 'planted' && row['candidate_id'] === null)).toBe(true)
  })
})

const promptSchema = z.looseObject({ prompt: z.string() })

function readPrompt(path: string, text: string, row: number): string {
  if (path.endsWith('.csv')) return promptSchema.parse(parseCsv(text, { columns: true })[row]).prompt
  return promptSchema.parse(JSON.parse(text.split('\n')[row] ?? '')).prompt
}

/** As it stands, in capitals, inside other words: copies are rarely clean. */
function disguise(prompt: string, index: number): string {
  return [prompt, prompt.toUpperCase(), `For a course of mine: ${prompt} Thank you in advance!`][index % 3] ?? prompt
}
