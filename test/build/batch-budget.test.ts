import { expect, test } from 'vitest'
import { createWaveBudget, type WaveBudget } from '../../pipeline/executors/batch/wave-budget.ts'
import { createBudget, type Budget } from '../../pipeline/models/budget.ts'
import { estimateWorst } from '../../pipeline/models/with-budget.ts'
import { request } from '../models/scripted-provider.ts'
import { createPlayModel } from '../support/play-model.ts'
import { runByBatch, serveBatches } from './batch-project.ts'
import { createProject } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const tariff = { price: null, maxReplyTokens: 200 }
const worst = estimateWorst(request, null, tariff.maxReplyTokens).tokens

function open(maxTokens: number): { readonly budget: Budget; readonly waves: WaveBudget } {
  const budget = createBudget({ maxCostUsd: null, maxTokens }, () => undefined)
  return { budget, waves: createWaveBudget(budget, () => tariff) }
}

test('a request that is written down again, after its batch was dropped, is set aside once', async () => {
  const { budget, waves } = open(worst)
  expect([waves.take('a', request), waves.take('a', request)]).toEqual([true, true])
  expect(budget.read().reserved.tokens).toBe(worst)
  expect(waves.take('b', request)).toBe(false)
  expect(await waves.conclude()).toBe(false)
  expect(budget.read()).toMatchObject({ reserved: { tokens: 0 }, reached: null })
})

test('a budget is reached once the rest does not fit although nothing is set aside', async () => {
  const { budget, waves } = open(worst - 1)
  expect(waves.take('a', request)).toBe(false)
  expect(await waves.conclude()).toBe(true)
  expect(budget.read().reached).not.toBeNull()
})

test('what another process fetched is counted here and holds no room, so the build is whole within the same budget', async () => {
  const server = await serveBatches({ reply: createPlayModel() })
  const build = async (maxTokens: number, changes: (waves: WaveBudget, budget: Budget) => WaveBudget) => {
    const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(2) })
    const { budget, waves } = open(maxTokens)
    const { result } = await runByBatch(project, { budget: changes(waves, budget) })
    return { status: result.status, ...budget.read() }
  }
  let peak = 0
  const alone = await build(10_000_000, (waves, budget) => ({
    ...waves,
    take: (digest, asked) => {
      const isTaken = waves.take(digest, asked)
      peak = Math.max(peak, budget.read().spent.tokens + budget.read().reserved.tokens)
      return isTaken
    },
  }))
  // This run's own fetches tell its budget nothing, as if another process had made them.
  let isBetweenWaves = false
  const robbed = await build(peak, (waves) => ({
    ...waves,
    listOpen: () => {
      isBetweenWaves = true
      return waves.listOpen()
    },
    take: (digest, asked) => {
      isBetweenWaves = false
      return waves.take(digest, asked)
    },
    settle: (digest, answer) => {
      if (isBetweenWaves) waves.settle(digest, answer)
    },
  }))
  expect(alone.status).toBe('published')
  expect(robbed).toEqual(alone)
  expect(robbed.spent.tokens).toBeGreaterThan(0)
})

test('a pass that was denied room for the sake of leftovers is followed by another', async () => {
  const server = await serveBatches({ reply: createPlayModel() })
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(2) })
  const { budget, waves } = open(10_000_000)
  let isFull = true
  const result = await runByBatch(project, {
    budget: {
      ...waves,
      take: (digest, asked) => !isFull && waves.take(digest, asked),
      conclude: async () => {
        isFull = false
        return await waves.conclude()
      },
    },
  })
  expect(result.result.status).toBe('published')
  expect(budget.read().reserved.tokens).toBe(0)
})
