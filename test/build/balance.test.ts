import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findImbalances } from '../../pipeline/build/build-counts.ts'
import { createPlayModel } from '../support/play-model.ts'
import { buildWhole, createProject, startServer } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const rate = fc.integer({ min: 0, max: 30 })
const mix = fc.record({
  malformed: rate,
  refused: rate,
  filtered: rate,
  truncated: fc.integer({ min: 0, max: 10 }),
  brokenJudges: fc.integer({ min: 0, max: 40 }),
  candidates: fc.integer({ min: 1, max: 3 }),
  prompts: fc.integer({ min: 1, max: 12 }),
})

describe('whatever the mix of misfits and broken judges', () => {
  test('the counts balance and every candidate stands exactly once, in a shard or among the rejected', async () => {
    await fc.assert(
      fc.asyncProperty(mix, async ({ candidates, prompts, brokenJudges, ...misfits }) => {
        const server = await startServer(createPlayModel({ misfits, brokenJudges }))
        const options = { prompts: seedPrompts(prompts), config: { generate: { model: 'play', candidates } } }
        const build = await buildWhole(await createProject({ baseUrl: server.baseUrl, ...options }))
        const { counts } = build.manifest
        expect(findImbalances(counts)).toEqual([])
        expect(counts.rowsRead).toBe(prompts)
        expect(counts.prompts).toBe(prompts)
        expect(counts.openPrompts).toBe(0)
        expect(counts.candidates).toBe(counts.gradedPrompts * candidates)
        const accepted = build.samples.map((row) => row['id'])
        const rejected = build.rejected.map((row) => row['candidate_id']).filter((id) => id !== null)
        expect(accepted.length).toBe(counts.accepted)
        expect(new Set([...accepted, ...rejected]).size).toBe(counts.candidates)
        expect(accepted.length + rejected.length).toBe(counts.candidates)
        const promptIds = [...build.samples, ...build.rejected].map((row) => row['prompt_id'])
        expect(new Set(promptIds).size).toBe(prompts)
      }),
      { numRuns: 8 },
    )
  })
})

test('a prompt has one accepted row at most', async () => {
  const server = await startServer(createPlayModel())
  const config = { generate: { model: 'play', candidates: 4 }, gates: { minGradingCoverage: 0 } }
  const build = await buildWhole(await createProject({ baseUrl: server.baseUrl, config }))
  expect(build.samples.length).toBeGreaterThan(3)
  expect(new Set(build.samples.map((row) => row['prompt_id'])).size).toBe(build.samples.length)
  expect(build.rejected.some((row) => row['code'] === 'outranked')).toBe(true)
})

test('a duplicate, a bad row and a prompt nobody can label are rejected with their reasons, and counted', async () => {
  const server = await startServer(createPlayModel())
  const [first, ...others] = seedPrompts(4)
  if (!first) throw new Error('expected a prompt')
  const prompts = [{ ...first, intent: 'benign' as const }, first, { ...first, prompt: '' }, ...others]
  const fields = { prompt: 'prompt', family: 'family', intent: 'intent', category: 'category' }
  const sources = [{ name: 'seeds', path: 'prompts.jsonl', fields, onBadRow: 'reject' }]
  const project = await createProject({ baseUrl: server.baseUrl, prompts, config: { sources, classify: null } })
  const { manifest, rejected } = await buildWhole(project)
  expect(manifest.counts.rowsRead).toBe(6)
  expect(manifest.counts.badRows).toBe(1)
  expect(manifest.counts.rejectedPrompts).toMatchObject({
    collect: { bad_row: 1 },
    screen: { exact_duplicate: 1 },
  })
  expect(findImbalances(manifest.counts)).toEqual([])
  const unlabelled = others.filter((one) => one.intent === undefined || one.category === undefined).length
  expect(rejected.filter((row) => row['code'] === 'unclassified').length).toBeGreaterThanOrEqual(unlabelled)
})
