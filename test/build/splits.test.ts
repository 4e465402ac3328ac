import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readShard } from '../../pipeline/shards/read-shard.ts'
import { splitOf } from '../../pipeline/stages/emit/split-of.ts'
import { createPlayModel } from '../support/play-model.ts'
import { buildWhole, createProject, startServer, type WholeBuild } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

test('a family is never split between train and validation', async () => {
  const server = await startServer(createPlayModel())
  const prompts = seedPrompts(24).map((prompt, n) => ({ ...prompt, family: `f-${n % 8}` }))
  const config = { emit: { validationShare: 0.4 }, select: { rule: 'safety_only' } }
  const build = await buildWhole(await createProject({ baseUrl: server.baseUrl, prompts, config }))
  const { train, validation } = await readSplits(build, 'family')
  expect(train.length).toBeGreaterThan(new Set(train).size)
  expect(validation.length).toBeGreaterThan(0)
  expect(new Set(train).isDisjointFrom(new Set(validation))).toBe(true)
  expect(train.length + validation.length).toBe(build.samples.length)
})

test('the split of a row stays the same when other rows are added', async () => {
  const server = await startServer(createPlayModel())
  const config = { emit: { validationShare: 0.4 }, select: { rule: 'safety_only' } }
  const build = async (count: number): Promise<WholeBuild> =>
    await buildWhole(await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(count), config }))
  const before = await readSplits(await build(10), 'id')
  const after = await readSplits(await build(20), 'id')
  expect(before.validation.length).toBeGreaterThan(0)
  expect(after.validation).toEqual(expect.arrayContaining(before.validation))
  expect(after.train).toEqual(expect.arrayContaining(before.train))
})

/** A column of the rows, by the split in whose shards they stand. */
async function readSplits({ path, manifest }: WholeBuild, column: string) {
  const values: Record<'train' | 'validation', unknown[]> = { train: [], validation: [] }
  for (const shard of manifest.shards) {
    const into = shard.path.includes('/validation-') ? values.validation : values.train
    for await (const row of readShard(join(path, shard.path))) into.push(row[column])
  }
  return values
}

test('the share of families in validation is about the share asked for, and none at share 0', () => {
  const families = Array.from({ length: 2000 }, (_, n) => `family-${n}`)
  const share = families.filter((family) => splitOf(family, 0.1, 0) === 'validation').length / families.length
  expect(share).toBeGreaterThan(0.07)
  expect(share).toBeLessThan(0.13)
  expect(families.filter((family) => splitOf(family, 0, 0) === 'validation')).toEqual([])
})

test('a larger validation share only adds families to validation', () => {
  fc.assert(
    fc.property(fc.string(), fc.float({ min: 0, max: 0.5, noNaN: true }), fc.integer(), (family, share, seed) => {
      if (splitOf(family, share, seed) === 'validation') expect(splitOf(family, 0.5, seed)).toBe('validation')
      expect(splitOf(family, share, seed)).toBe(splitOf(family, share, seed))
    }),
  )
})

test('another seed deals the families anew', () => {
  const families = Array.from({ length: 200 }, (_, n) => `family-${n}`)
  const deal = (seed: number): string[] => families.map((family) => splitOf(family, 0.5, seed))
  expect(deal(1)).not.toEqual(deal(0))
})
