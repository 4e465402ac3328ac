import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Manifest } from '../../pipeline/build/manifest.ts'
import { readManifest } from '../../pipeline/build/read-manifest.ts'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { preferenceColumns } from '../../pipeline/shards/preference-columns.ts'
import { readShard } from '../../pipeline/shards/read-shard.ts'
import type { ShardRow } from '../../pipeline/shards/shard-writer.ts'
import { trainerFormats } from '../../pipeline/shards/trainer-formats.ts'
import { openShardWriter } from '../../pipeline/shards/writers.ts'
import type { ChatBody, ChatServer, Scripted } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { buildWhole, createFolder, createProject, digestShards, runProject, startServer } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const preferencePairs = { minMargin: 0.3, codes: ['unsafe', 'unhelpful', 'mode_mismatch', 'outranked'] }

/** The play model, but no two draws of one prompt have the same text. */
function createVariedModel(): (body: ChatBody, n: number) => Scripted {
  const play = createPlayModel({ misfits: { malformed: 5 }, brokenJudges: 4 })
  return (body, n) => {
    const reply = play(body, n)
    if (body['response_format'] !== undefined || !('content' in reply)) return reply
    return { ...reply, content: (reply.content ?? '').replace('</answer>', `That is draw ${n}.\n</answer>`) }
  }
}

async function createPairs(emit: object = {}, shared?: { readonly folder: string; readonly server: ChatServer }) {
  const server = shared?.server ?? (await startServer(createVariedModel()))
  const config = {
    generate: { model: 'play', candidates: 4 },
    emit: { validationShare: 0.3, preferencePairs, ...emit },
  }
  const folder = shared?.folder ?? (await createFolder())
  const options = { baseUrl: server.baseUrl, prompts: seedPrompts(30), config, folder }
  return { project: await createProject(options), server }
}

async function buildPairs(...options: Parameters<typeof createPairs>) {
  const { project, server } = await createPairs(...options)
  return { project, server, build: await buildWhole(project) }
}

async function readPairs(path: string, { preference }: Manifest): Promise<readonly ShardRow[]> {
  const shards = preference?.shards ?? []
  return (await Promise.all(shards.map((shard) => Array.fromAsync(readShard(join(path, shard.path)))))).flat()
}

test('every pair is an accepted row against a rejected sibling, with the margin, in the split of the row', async () => {
  const { build } = await buildPairs()
  const { manifest, path, samples, rejected } = build
  const pairs = await readPairs(path, manifest)
  expect(pairs.length).toBeGreaterThan(5)
  const rows = new Map(samples.map((row) => [row['id'] ?? null, row]))
  const losers = new Map(rejected.map((row) => [row['candidate_id'] ?? null, row]))
  for (const pair of pairs) {
    const row = rows.get(pair['chosen_id'] ?? null)
    const loser = losers.get(pair['rejected_id'] ?? null)
    expect(pair['prompt']).toEqual(row?.['prompt'])
    expect(pair['chosen']).toEqual(row?.['completion'])
    expect(pair['rejected']).toEqual([{ role: 'assistant', content: loser?.['answer'] }])
    expect(loser).toMatchObject({ prompt_id: row?.['prompt_id'], code: pair['rejected_code'] })
    expect([pair['score_chosen'], pair['score_rejected']]).toEqual([row?.['reward'], loser?.['reward']])
    expect(Number(pair['score_chosen']) - Number(pair['score_rejected'])).toBeGreaterThanOrEqual(0.3)
    expect(JSON.stringify(loser?.['verdicts'])).not.toContain('ungraded')
  }
  const { rowsWithPair, withoutPair } = manifest.preference ?? { rowsWithPair: 0, withoutPair: {} }
  expect(rowsWithPair).toBe(new Set(pairs.map((pair) => pair['chosen_id'])).size)
  expect(rowsWithPair + Object.values(withoutPair).reduce((all, count) => all + count, 0)).toBe(samples.length)
  const verified = await verifyBuild(path)
  expect(verified).toMatchObject({ problems: [], rows: samples.length + rejected.length + pairs.length })
})

test('without the setting there are no pairs, and with it every other shard is byte for byte as it was', async () => {
  const { build, project, server } = await buildPairs()
  const { build: plain } = await buildPairs({ preferencePairs: null }, { folder: project.folder, server })
  expect(plain.manifest.preference).toBeNull()
  expect(await readdir(plain.path)).not.toContain('preference')
  const shardsOf = async (path: string) =>
    Object.entries(await digestShards(path)).filter(([name]) => /^(?:data|rejected)\//.test(name))
  expect(await shardsOf(build.path)).toEqual(await shardsOf(plain.path))
  const [card, plainCard] = await Promise.all(
    [build, plain].map(({ path }) => readFile(join(path, 'README.md'), 'utf8')),
  )
  expect(card).toContain('config_name: preference_pairs')
  expect(card).toContain('UNSAFE')
  expect(plainCard).not.toContain('preference')
})

test('equal inputs give equal bytes of pairs', async () => {
  const { project, build } = await buildPairs()
  const again = await buildWhole(project, { offline: true, recompute: true })
  expect(await digestShards(again.path)).toEqual(await digestShards(build.path))
})

test('openai_jsonl writes pairs in the form of OpenAI', async () => {
  const { project } = await createPairs({ format: 'openai_jsonl' })
  const { result } = await runProject(project)
  if (result.status !== 'published') throw new Error(result.status)
  const [shard] = (await readManifest(result.path)).preference?.shards ?? []
  const lines = (await readFile(join(result.path, shard?.path ?? ''), 'utf8')).trim().split('\n')
  const turns = z.array(z.strictObject({ role: z.literal('assistant'), content: z.string() })).length(1)
  const schema = z.strictObject({
    input: z.strictObject({
      messages: z.array(z.strictObject({ role: z.string(), content: z.string() })).min(1),
      tools: z.array(z.never()),
      parallel_tool_calls: z.boolean(),
    }),
    preferred_output: turns,
    non_preferred_output: turns,
  })
  expect(lines.map((line) => schema.safeParse(JSON.parse(line)).error)).toEqual(lines.map(() => undefined))
  expect(await verifyBuild(result.path)).toMatchObject({ problems: [] })
})

type Pair = ShardRow

test.for([
  ['its margin is 0.1', (pair: Pair): Pair => ({ ...pair, margin: 0.1 })],
  ['its chosen side is no row', (pair: Pair): Pair => ({ ...pair, chosen_id: pair['rejected_id'] ?? '' })],
  ['its rejected side was not rejected', (pair: Pair): Pair => ({ ...pair, rejected_id: pair['chosen_id'] ?? '' })],
  ['is of another build', (pair: Pair): Pair => ({ ...pair, build_id: '0' })],
] as const)('verify finds a pair of which %s', async ([problem, spoil]) => {
  const { build } = await buildPairs()
  const { manifest, path } = build
  const [shard] = manifest.preference?.shards ?? []
  if (!shard || !manifest.preference) throw new Error('expected pairs')
  const rows = await Array.fromAsync(readShard(join(path, shard.path)))
  const columns = preferenceColumns(trainerFormats.messages)
  const spoilt = rows.map((row, n) => (n === 0 ? spoil(row) : row))
  const { writeShard } = await openShardWriter('parquetjs-lite')
  const written = await writeShard(join(path, shard.path), columns, spoilt)
  const shards = manifest.preference.shards.map((one) => (one === shard ? { ...one, ...written } : one))
  const changed = { ...manifest, preference: { ...manifest.preference, shards } }
  await writeFile(join(path, 'manifest.json'), JSON.stringify(changed))
  expect((await verifyBuild(path)).problems.join('\n')).toContain(problem)
})

test('verify finds pairs whose counts do not come out even', async () => {
  const { build } = await buildPairs()
  const { manifest, path } = build
  const preference = manifest.preference && { ...manifest.preference, withoutPair: { margin: 1000 } }
  await writeFile(join(path, 'manifest.json'), JSON.stringify({ ...manifest, preference }))
  expect((await verifyBuild(path)).problems.join('\n')).toContain('with and without a pair')
})

test('a build that lost a file of pairs is not passed over as unchanged: a rerun brings it back', async () => {
  const { project, build } = await buildPairs()
  const { path, manifest } = build
  const [shard] = manifest.preference?.shards ?? []
  if (shard === undefined) throw new Error('expected pairs')
  await rm(join(path, shard.path))
  expect((await verifyBuild(path)).problems).toEqual([`${shard.path}: missing`])
  await runProject(project, { offline: true })
  expect((await verifyBuild(path)).problems).toEqual([])
})
