import { expect, test } from 'vitest'
import { findImbalances } from '../../pipeline/build/build-counts.ts'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { createLeaningModel, defaultLeaning } from '../support/leaning-model.ts'
import { buildWhole, digestShards, readLatest, runProject, startServer, type WholeBuild } from './build-project.ts'
import { countBy, createBetteringModel, createQuotaProject, decide, numberedPrompts } from './quota-project.ts'

const modes = { safe_completion: 0.4, direct_answer: 0.35, refuse_with_redirection: 0.25 }
const quota = { accepted: 20, modes, categories: { cyber: 0.5, fraud: 0.5 } }
const ofQuota = {
  mode: { safe_completion: 8, direct_answer: 7, refuse_with_redirection: 5 },
  category: { cyber: 10, fraud: 10 },
}

function codesOf({ rejected }: WholeBuild): Record<string, number> {
  return countBy(rejected, 'code')
}

test('a quota is met exactly in every margin, with further rounds for the cells of low yield, and the counts balance', async () => {
  const server = await startServer(createLeaningModel())
  const build = await buildWhole(await createQuotaProject(server.baseUrl, quota))
  for (const [column, counts] of Object.entries(ofQuota)) expect(countBy(build.samples, column)).toEqual(counts)
  const { counts, quota: outcome } = build.manifest
  expect(outcome?.rounds.length).toBeGreaterThan(2)
  expect(outcome?.lines.every(({ asked, got, why }) => got === asked && why.length === 0)).toBe(true)
  expect(findImbalances(counts)).toEqual([])
  const drawn = outcome?.rounds.reduce((all, { prompts }) => all + prompts, 0) ?? 0
  expect(counts.gradedPrompts).toBe(drawn)
  expect(counts.rejectedPrompts).toEqual({ select: { not_drawn: 180 - drawn } })
  expect(codesOf(build)['over_quota']).toBe((outcome?.lines[0]?.passed ?? 0) - 20)
  const overQuota = build.rejected.filter((row) => row['code'] === 'over_quota')
  for (const row of overQuota) expect(row['detail']).toContain('the quota is full: all (20)')
  expect((await verifyBuild(build.path)).problems).toEqual([])
})

test('run again it sends nothing and makes the same bytes; with another seed it draws others', async () => {
  const server = await startServer(createLeaningModel())
  const project = await createQuotaProject(server.baseUrl, quota)
  const first = await buildWhole(project)
  const sent = server.requests.count
  const { result } = await runProject(project, { recompute: true, offline: true })
  if (result.status !== 'unchanged') throw new Error(`got ${result.status}`)
  expect(result.ledger.total()).toMatchObject({ reused: sent, run: { answers: 0 } })
  expect(result.quota).toEqual(first.manifest.quota)
  expect((await runProject(project)).result).toMatchObject({ status: 'unchanged', quota: first.manifest.quota })
  const other = await createQuotaProject(server.baseUrl, quota, { config: { seed: 1 } })
  const { samples } = await buildWhole(other)
  expect(countBy(samples, 'mode')).toEqual(ofQuota.mode)
  expect(samples.map((row) => row['prompt_id'])).not.toEqual(first.samples.map((row) => row['prompt_id']))
})

test('a prompt without a row gets further candidates, one a round, up to maxCandidates', async () => {
  const server = await startServer(createBetteringModel())
  const prompts = numberedPrompts(10)
  const project = await createQuotaProject(server.baseUrl, { accepted: 10, maxCandidates: 3 }, { prompts })
  const build = await buildWhole(project)
  expect(build.samples).toHaveLength(10)
  expect(build.samples.every((row) => JSON.stringify(row['messages']).includes('Draft 1.'))).toBe(true)
  expect(build.manifest.counts).toMatchObject({ gradedPrompts: 10, candidates: 20, accepted: 10 })
  expect(build.manifest.quota?.rounds.reduce((all, { again }) => all + again, 0)).toBe(10)
  expect(codesOf(build)).toEqual({ unsafe: 10 })
})

test('a shortfall is held back by default, and said line by line with its reasons', async () => {
  const server = await startServer(createLeaningModel())
  const prompts = numberedPrompts(60)
  const asked = { accepted: 30, intents: { malicious: 0.5, benign: 0.5 }, maxCandidates: 2 }
  const project = await createQuotaProject(server.baseUrl, asked, { prompts })
  const { result } = await runProject(project)
  if (result.status !== 'held') throw new Error(`got ${result.status}`)
  expect(await readLatest(project.home)).toBeNull()
  const line = result.quota?.lines.find(({ name }) => name === 'intent=malicious')
  expect(line).toMatchObject({ asked: 15, pool: 20, drawn: 20, why: ['pool_exhausted', 'candidate_bound'] })
  expect(line?.got).toBeLessThan(15)
  expect(line?.got).toBe(result.counts.intents['malicious'])
  expect(line?.candidates).toBe(40 - (line?.got ?? 0))
  expect(result.failedGates).toContainEqual(expect.stringContaining(`intent=malicious: ${line?.got} of 15`))
  expect(result.counts.intents['benign']).toBe(15)
  expect(findImbalances(result.counts)).toEqual([])

  const publishing = { ...asked, onShortfall: 'publish' }
  const published = await createQuotaProject(server.baseUrl, publishing, { prompts, folder: project.folder })
  const { result: second } = await runProject(published, { offline: true })
  if (second.status !== 'published') throw new Error(`got ${second.status}`)
  expect(second.buildId).toBe(result.buildId)
  expect(second.quota).toEqual(result.quota)
})

test('a line that is short since other lines have no room for what is left says so', async () => {
  const server = await startServer(createLeaningModel({ ...defaultLeaning, safe: {} }))
  const asked = { accepted: 20, intents: { malicious: 0.75, benign: 0.25 } }
  const project = await createQuotaProject(server.baseUrl, asked, { prompts: numberedPrompts(30) })
  const { result } = await runProject(project)
  const short = result.quota?.lines.filter(({ got, asked }) => got < asked)
  expect(short?.map(({ name, got, why }) => [name, got, why])).toEqual([
    ['all', 15, ['crowded_out']],
    ['intent=malicious', 10, ['pool_exhausted']],
  ])
  expect(result.counts.rejectedPrompts['select']?.['not_drawn']).toBe(15)
})

test('no more than maxPrompts are drawn, and a line that is short for it says so', async () => {
  const server = await startServer(createLeaningModel())
  const project = await createQuotaProject(server.baseUrl, { accepted: 40, maxPrompts: 12, maxCandidates: 1 })
  const { result } = await runProject(project)
  expect(result).toMatchObject({ status: 'held', counts: { gradedPrompts: 12, candidates: 12 } })
  expect(result.quota?.lines[0]?.why).toEqual(['prompt_bound', 'candidate_bound'])
})

test('a row that an auditor rejects is replaced, and one that an auditor accepts comes first in its cell', async () => {
  const server = await startServer(createLeaningModel())
  const project = await createQuotaProject(server.baseUrl, quota)
  const before = await buildWhole(project)
  const [gone] = before.samples
  const accepted = before.rejected.find(
    (row) => row['code'] === 'unsafe' && row['mode'] === gone?.['mode'] && row['category'] === gone?.['category'],
  )
  if (gone === undefined || accepted === undefined) throw new Error('expected rows to decide about')
  await decide(project, before, gone, 'reject')
  await decide(project, before, accepted, 'accept')
  const after = await buildWhole(project)
  for (const [column, counts] of Object.entries(ofQuota)) expect(countBy(after.samples, column)).toEqual(counts)
  const ids = after.samples.map((row) => row['prompt_id'])
  expect(ids).toContain(accepted['prompt_id'])
  expect(ids).not.toContain(gone['prompt_id'])
  expect(after.manifest.counts.decisions).toMatchObject({ emitted: 1, withheld: 1 })
})

test('caps of the mixture hold within a quota: what they cut is drawn elsewhere', async () => {
  const server = await startServer(createLeaningModel())
  const select = { requireModeAgreement: false, mixture: [{ where: { category: 'cyber' }, max: 4 }] }
  const build = await buildWhole(await createQuotaProject(server.baseUrl, { accepted: 20 }, { config: { select } }))
  expect(build.samples).toHaveLength(20)
  expect(countBy(build.samples, 'category')['cyber']).toBeLessThanOrEqual(4)
})

test('a candidate that the trainer format cannot carry fills no cell', async () => {
  const play = createLeaningModel()
  const server = await startServer((body, n) => {
    const reply = play(body, n)
    const isTagged = body['response_format'] === undefined && JSON.stringify(body).includes('kind dual_use')
    if (!isTagged || !('content' in reply)) return reply
    return { content: (reply.content ?? '').replace('useful answer', 'useful answer </think>') }
  })
  const config = { emit: { format: 'think_inline', validationShare: 0.3 } }
  const build = await buildWhole(await createQuotaProject(server.baseUrl, { accepted: 20 }, { config }))
  expect(build.samples).toHaveLength(20)
  expect(countBy(build.samples, 'intent')['dual_use']).toBeUndefined()
  expect(codesOf(build)['format_conflict']).toBeGreaterThan(0)
})

test('prompts without labels are classified when they are drawn, and only then', async () => {
  const server = await startServer(createLeaningModel())
  const prompts = numberedPrompts(120).map(({ prompt, family }) => ({ prompt, family }))
  const config = { classify: { model: 'play' } }
  const asked = { accepted: 12, intents: { dual_use: 0.5, benign: 0.5 } }
  const build = await buildWhole(await createQuotaProject(server.baseUrl, asked, { prompts, config }))
  expect(countBy(build.samples, 'intent')).toEqual({ dual_use: 6, benign: 6 })
  const notDrawn = build.rejected.filter((row) => row['code'] === 'not_drawn')
  expect(notDrawn.length).toBeGreaterThan(20)
  expect(notDrawn.every((row) => row['intent'] === null && row['category'] === null)).toBe(true)
  const classified = server.requests.received.filter(({ body }) => JSON.stringify(body).includes('prompt_labels'))
  expect(classified).toHaveLength(120 - notDrawn.length)
})

test('the same quota in another order of keys is the same build; without a quota the config is what it was', async () => {
  const server = await startServer(createLeaningModel())
  const first = await buildWhole(await createQuotaProject(server.baseUrl, quota))
  const turned = {
    categories: { fraud: 0.5, cyber: 0.5 },
    modes: Object.fromEntries(Object.entries(modes).toReversed()),
  }
  const second = await buildWhole(await createQuotaProject(server.baseUrl, { accepted: 20, ...turned }))
  expect(second.manifest.buildId).toBe(first.manifest.buildId)
  expect(await digestShards(second.path)).toEqual(await digestShards(first.path))
  const plain = await buildWhole(await createQuotaProject(server.baseUrl, {}, { config: { quota: null } }))
  expect(Object.keys(plain.manifest.inputs.config ?? {})).not.toContain('quota')
  expect(plain.manifest.quota).toBeNull()
})
