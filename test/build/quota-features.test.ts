import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { build } from '../../pipeline/index.ts'
import { findImbalances } from '../../pipeline/build/build-counts.ts'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { readShard } from '../../pipeline/shards/read-shard.ts'
import type { ChatBody, Scripted } from '../support/chat-server.ts'
import { truncated } from '../support/failing-once.ts'
import { createLeaningModel, defaultLeaning } from '../support/leaning-model.ts'
import {
  buildWhole,
  createFolder,
  digestShards,
  readBuild,
  runProject,
  startServer,
  type WholeBuild,
} from './build-project.ts'
import { countBy, createBetteringModel, createQuotaProject, decide, numberedPrompts } from './quota-project.ts'

/* A quota beside what else a build can do: its rows stay exact, and nothing vanishes. */

const modes = { safe_completion: 0.4, direct_answer: 0.35, refuse_with_redirection: 0.25 }
const quota = { accepted: 20, modes, maxCandidates: 2 }
const rowsOfModes = { safe_completion: 8, direct_answer: 7, refuse_with_redirection: 5 }

async function expectWhole({ path, manifest: { counts } }: WholeBuild): Promise<void> {
  expect(findImbalances(counts)).toEqual([])
  expect(counts.prompts).toBe(180)
  expect((await verifyBuild(path)).problems).toEqual([])
}

test('each row of a quota has its pair or the reason why not, and what is over the quota has none', async () => {
  const server = await startServer(createBetteringModel())
  const config = { emit: { validationShare: 0.3, preferencePairs: { minMargin: 0.3 } } }
  const prompts = numberedPrompts(12)
  const asked = { accepted: 8, maxCandidates: 3, assumedYield: 0.6 }
  const { path, manifest, samples, rejected } = await buildWhole(
    await createQuotaProject(server.baseUrl, asked, { prompts, config }),
  )
  expect(samples).toHaveLength(8)
  const shards = manifest.preference?.shards ?? []
  const pairs = (await Promise.all(shards.map((one) => Array.fromAsync(readShard(join(path, one.path)))))).flat()
  expect(pairs).toHaveLength(8)
  expect(new Set(pairs.map((pair) => pair['chosen_id']))).toEqual(new Set(samples.map((row) => row['id'])))
  const drafts = new Set(rejected.filter((row) => row['code'] === 'unsafe').map((row) => row['candidate_id']))
  expect(pairs.every((pair) => drafts.has(pair['rejected_id'] ?? null))).toBe(true)
  expect(rejected.filter((row) => row['code'] === 'over_quota').length).toBeGreaterThan(0)
  expect((await verifyBuild(path)).problems).toEqual([])
})

/** The leaning model, but the first answer to each prompt is far too long. */
function createVerboseModel(): (body: ChatBody, n: number) => Scripted {
  const play = createLeaningModel({ ...defaultLeaning, safe: {} })
  const asked = new Set<string>()
  return (body, n) => {
    const reply = play(body, n)
    const text = JSON.stringify(body.messages)
    if (body['response_format'] !== undefined || !('content' in reply) || asked.has(text)) return reply
    asked.add(text)
    return { content: (reply.content ?? '').replace('<answer>\n', `<answer>\n${'in many words '.repeat(100)}`) }
  }
}

test('what is too long fills no line: a further candidate is drawn, and without one the line says that it is short', async () => {
  const server = await startServer(createVerboseModel())
  const folder = await createFolder()
  await cp(join(import.meta.dirname, '../tokens/tiny-tokenizer.json'), join(folder, 'tokenizer.json'))
  const config = { emit: { validationShare: 0.3, tokenizer: { file: 'tokenizer.json', maxTokens: 400 } } }
  const buildWith = async (maxCandidates: number) => {
    const options = { prompts: numberedPrompts(60), folder, config }
    return await runProject(
      await createQuotaProject(server.baseUrl, { accepted: 12, modes: { direct_answer: 0.5 }, maxCandidates }, options),
    )
  }
  const { result } = await buildWith(2)
  if (result.status !== 'published') throw new Error(`got ${result.status}`)
  const { samples, manifest, path } = await readBuild(result.path)
  expect(samples).toHaveLength(12)
  expect(countBy(samples, 'mode')['direct_answer']).toBe(6)
  expect(samples.every((row) => Number(row['total_tokens']) <= 400)).toBe(true)
  expect(manifest.counts.rejectedCandidates['select']?.['too_long']).toBe(manifest.counts.gradedPrompts)
  expect((await verifyBuild(path)).problems).toEqual([])
  const { result: short } = await buildWith(1)
  expect(short).toMatchObject({ status: 'held', counts: { accepted: 0, gradedPrompts: 60 } })
  expect(short.quota?.lines[0]).toMatchObject({ got: 0, why: ['pool_exhausted', 'candidate_bound'] })
})

test('a run that a budget ends says which lines are not full yet; the same command goes on, to the same shards at the same price', async () => {
  const play = createLeaningModel()
  const usage = { prompt_tokens: 1000, completion_tokens: 100 }
  const server = await startServer((body, n) => ({ ...play(body, n), usage }))
  const model = { parameters: { max_tokens: 100 } }
  const reference = await buildWhole(await createQuotaProject(server.baseUrl, quota, { model }))
  const total = server.requests.count
  const project = await createQuotaProject(server.baseUrl, quota, { model })
  let runs = 0
  let last = await build({ config: project.config, maxTokens: 100_000 })
  while (last.status === 'budget_reached' && runs < 12) {
    runs += 1
    const short = last.quota?.lines.filter(({ asked, got }) => got < asked) ?? []
    expect(short.length).toBeGreaterThan(0)
    expect(short.every(({ why }) => why.join() === 'not_finished')).toBe(true)
    last = await build({ config: project.config, maxTokens: 100_000 })
  }
  expect(runs).toBeGreaterThanOrEqual(2)
  expect(last).toMatchObject({ status: 'published', quota: reference.manifest.quota })
  expect(await digestShards(join(project.home, last.buildId ?? ''))).toEqual(await digestShards(reference.path))
  expect(server.requests.count).toBe(2 * total)
})

test('after --retry-failed a quota has the rows of a build in which nothing failed', async () => {
  const play = createLeaningModel()
  const whole = await startServer(play)
  const cut = new Set<string>()
  const server = await startServer((body, n) => {
    const number = /number \d*[37],/.exec(JSON.stringify(body.messages))?.[0]
    if (number === undefined || body['response_format'] !== undefined || cut.has(number)) return play(body, n)
    cut.add(number)
    return truncated
  })
  const project = await createQuotaProject(server.baseUrl, quota)
  const before = await buildWhole(project)
  expect(countBy(before.samples, 'mode')).toEqual(rowsOfModes)
  const failed = before.manifest.counts.rejectedCandidates['generate']?.['truncated'] ?? 0
  expect(failed).toBeGreaterThan(3)
  let status = await build({ config: project.config, retryFailed: true })
  expect(status).toMatchObject({ status: 'published', retries: { codes: { truncated: failed } } })
  while (Object.keys(status.retries?.codes ?? {}).length > 0) {
    status = await build({ config: project.config, retryFailed: true })
  }
  const after = await readBuild(join(project.home, 'latest'))
  await expectWhole(after)
  const { result } = await runProject(await createQuotaProject(whole.baseUrl, quota))
  if (result.status !== 'published') throw new Error(result.status)
  const expected = await readBuild(result.path)
  expect(after.manifest.quota).toEqual(expected.manifest.quota)
})

test('an accept of what was over the quota and a reject of a row change places, without a request, and back', async () => {
  const server = await startServer(createLeaningModel())
  const project = await createQuotaProject(server.baseUrl, { ...quota, assumedYield: 0.5 })
  const before = await buildWhole(project)
  const over = before.rejected.find((row) => row['code'] === 'over_quota')
  const gone = before.samples.find((row) => row['mode'] === over?.['mode'] && row['category'] === over?.['category'])
  if (over === undefined || gone === undefined) throw new Error('expected rows to decide about')
  await decide(project, before, over, 'accept')
  const accepted = await buildWhole(project, { offline: true })
  expect(countBy(accepted.samples, 'mode')).toEqual(rowsOfModes)
  expect(accepted.samples.map((row) => row['id'])).toContain(over['candidate_id'])
  await expectWhole(accepted)
  await decide(project, before, gone, 'reject')
  const both = await buildWhole(project)
  expect(countBy(both.samples, 'mode')).toEqual(rowsOfModes)
  expect(both.manifest.counts.decisions).toMatchObject({ emitted: 1, withheld: 1 })
  expect(both.rejected.find((row) => row['candidate_id'] === gone['id'])).toMatchObject({ code: 'overruled' })
  await expectWhole(both)
  await decide(project, before, over, 'withdraw', 1)
  await decide(project, before, gone, 'withdraw', 1)
  const after = await buildWhole(project, { offline: true, recompute: true })
  expect(after.manifest.buildId).toBe(before.manifest.buildId)
  expect(await digestShards(after.path)).toEqual(await digestShards(before.path))
})

test('an accept for which no line has room makes no row, and is counted as unusable', async () => {
  const server = await startServer(createLeaningModel())
  const asked = { accepted: 10, modes: { refuse_with_redirection: 0 } }
  const project = await createQuotaProject(server.baseUrl, asked)
  const before = await buildWhole(project)
  const refusal = before.rejected.find((row) => row['mode'] === 'refuse_with_redirection')
  if (refusal === undefined) throw new Error('expected a refusal')
  await decide(project, before, refusal, 'accept')
  const after = await buildWhole(project)
  expect(countBy(after.samples, 'mode')['refuse_with_redirection']).toBeUndefined()
  expect(after.samples).toHaveLength(10)
  expect(after.manifest.counts.decisions).toMatchObject({ emitted: 0, unusable: 1 })
  const row = after.rejected.find((one) => one['candidate_id'] === refusal['candidate_id'])
  expect(row).toMatchObject({ code: 'over_quota', detail: expect.stringContaining('mode=refuse_with_redirection (0)') })
  await expectWhole(after)
})
