import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { runCli, type CliResult } from '../cli/run-cli.ts'
import type { ChatServerOptions } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import {
  createProject,
  digestShards,
  listVisible,
  readBuild,
  readLatest,
  startServer,
  type BuildProject,
} from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const statusSchema = z.looseObject({
  status: z.string(),
  exitCode: z.int(),
  message: z.string(),
  budget: z
    .looseObject({
      spent: z.object({ costUsd: z.number(), tokens: z.int() }),
      overshoot: z.object({ costUsd: z.number(), tokens: z.int() }),
    })
    .nullable(),
  requests: z.looseObject({ run: z.looseObject({ answers: z.int(), costUsd: z.number() }) }).nullable(),
})

const price = { inputPerMillion: 1, outputPerMillion: 10 }

async function createPriced(
  reply: ChatServerOptions['reply'],
  model: Record<string, unknown> = {},
): Promise<BuildProject & { sent: () => number }> {
  const server = await startServer(reply)
  const settings = { price, maxReplyTokens: 200, ...model }
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(10), model: settings })
  return { ...project, sent: () => server.requests.count }
}

async function build(
  project: BuildProject,
  ...args: readonly string[]
): Promise<CliResult & { status: z.infer<typeof statusSchema> }> {
  const result = await runCli(['build', project.config, '--json', ...args])
  return { ...result, status: statusSchema.parse(JSON.parse(result.stdout)) }
}

test('a build stops at its cap with a code of its own, publishes nothing, and runs on under the next cap to the same bytes', async () => {
  const play = createPlayModel({ misfits: { malformed: 10 } })
  const whole = await createPriced(play)
  const { status: uncapped } = await build(whole)
  const total = uncapped.requests?.run.costUsd ?? 0
  expect(uncapped).toMatchObject({ status: 'published', budget: null })

  const cap = total / 2.5
  const args = ['--name', 'capped', '--max-cost', String(cap)]
  const home = join(whole.folder, 'builds', 'capped')
  // Another store, so that nothing is known at first.
  const config = await readFile(whole.config, 'utf8')
  await writeFile(whole.config, `${config}\nstore: other.db\n`)
  let runs = 0
  let spent = 0
  let last = await build(whole, ...args)
  while (last.code === 7 && runs < 12) {
    runs += 1
    spent += last.status.requests?.run.costUsd ?? 0
    expect(last.status).toMatchObject({ status: 'budget_reached', exitCode: 7, budget: { overshoot: { costUsd: 0 } } })
    expect(last.status.budget?.spent.costUsd).toBeLessThanOrEqual(cap)
    expect(last.status.message).toContain('the budget is reached')
    expect(await listVisible(home)).toEqual(['status.json'])
    last = await build(whole, ...args)
  }
  expect(runs).toBeGreaterThanOrEqual(2)
  expect(last.status.status).toBe('published')
  spent += last.status.requests?.run.costUsd ?? 0
  expect(spent).toBeCloseTo(total, 9)
  const [one, other] = [
    join(whole.home, (await readLatest(whole.home)) ?? ''),
    join(home, (await readLatest(home)) ?? ''),
  ]
  expect(await digestShards(join(other, 'data'))).toEqual(await digestShards(join(one, 'data')))
  const { manifest } = await readBuild(other)
  expect(manifest.cost.build.costUsd).toBeCloseTo(total, 9)
  expect(manifest.cost.perAcceptedUsd).toBeCloseTo(total / manifest.counts.accepted, 9)
  const byCategory = Object.values(manifest.cost.categories).reduce((sum, { build: { costUsd } }) => sum + costUsd, 0)
  expect(byCategory).toBeCloseTo(total, 9)
})

test('a server that reports far more usage than it should is stopped after what was in flight, and the overshoot is said', async () => {
  const play = createPlayModel()
  const concurrency = 4
  const project = await createPriced(
    (body, n) => ({ ...play(body, n), usage: { prompt_tokens: 1_000_000, completion_tokens: 0 } }),
    { concurrency },
  )
  // One answer is a dollar; at most four are in flight when the first comes back.
  const { code, status } = await build(project, '--max-cost', '0.5')
  expect(code).toBe(7)
  expect(project.sent()).toBeLessThanOrEqual(concurrency)
  expect(status.budget?.spent.costUsd).toBe(project.sent())
  expect(status.budget?.overshoot.costUsd).toBeCloseTo(project.sent() - 0.5, 9)
})

test('a cap in tokens needs no price', async () => {
  const project = await createPriced(createPlayModel(), { price: null })
  const { code, status } = await build(project, '--max-tokens', '60000')
  expect(code).toBe(7)
  expect(status.budget?.spent.tokens).toBeLessThanOrEqual(60_000)
  expect(status.budget?.spent.tokens).toBeGreaterThan(0)
})

test('tries that failed in a way that may have been billed count, so retries cannot pass the cap', async () => {
  const project = await createPriced(() => ({ misbehaviour: 'invalid_json' }), { maxTries: 5 })
  const { code, status } = await build(project, '--max-tokens', '100000')
  expect(code).toBe(7)
  expect(status.budget?.spent.tokens).toBeLessThanOrEqual(100_000)
  expect(status.budget?.['assumed']).toEqual(status.budget?.spent)
})

describe('a cap that cannot be held is refused before anything is sent', () => {
  test.each([
    ['in dollars without a price', { price: null }, ['--max-cost', '1'], 'models.play.price is not set'],
    [
      'without a bound on replies',
      { maxReplyTokens: null },
      ['--max-cost', '1'],
      'models.play.maxReplyTokens is not set',
    ],
    ['of nothing', {}, ['--max-cost', '0'], '--max-cost'],
    ['that is no number', {}, ['--max-tokens', 'many'], '--max-cost, --max-tokens'],
  ])('%s', async (_, model, args, message) => {
    const project = await createPriced(createPlayModel(), model)
    const { code, stderr } = await runCli(['build', project.config, ...args])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(project.sent()).toBe(0)
  })

  test('but a bound among the parameters will do', async () => {
    const model = { maxReplyTokens: null, parameters: { max_completion_tokens: 200 } }
    const project = await createPriced(createPlayModel(), model)
    expect((await build(project, '--max-cost', '100')).code).toBe(0)
  })
})

test('a whole build under its cap says what was spent of it', async () => {
  const project = await createPriced(createPlayModel())
  const { status } = await build(project, '--max-cost', '100')
  expect(status).toMatchObject({ status: 'published', budget: { maxCostUsd: 100, maxTokens: null } })
  expect(status.budget?.spent.costUsd).toBeCloseTo(status.requests?.run.costUsd ?? -1, 9)
})

test('a plan says what the cap means for the build that it prices', async () => {
  const project = await createPriced(createPlayModel())
  const config = await readFile(project.config, 'utf8')
  const planUnder = async (maxCostUsd: number): Promise<string> => {
    await writeFile(project.config, `${config}\nbudget: { maxCostUsd: ${maxCostUsd} }\n`)
    return (await runCli(['plan', project.config])).stdout
  }
  await build(project)
  const path = join(project.folder, 'prompts.jsonl')
  await writeFile(
    path,
    seedPrompts(30)
      .map((prompt) => `${JSON.stringify(prompt)}\n`)
      .join(''),
  )
  expect(await planUnder(1000)).toMatch(/budget: at most \$\d+\.\d\d of the \$1000/)
  expect(await planUnder(0.01)).toMatch(/budget: expected to take \d+ runs of \$0\.01 each/)
})
