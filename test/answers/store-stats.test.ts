import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { sumMeasures } from '../../pipeline/build/sum-measures.ts'
import { createProject } from '../build/build-project.ts'
import { runCli } from '../cli/run-cli.ts'
import { putAll } from './demo-project.ts'
import { makeEntries, makeEntry } from './stored-answers.ts'

const price = { inputPerMillion: 1_000_000, outputPerMillion: 2_000_000 }

/** Three priced answers, one of them without usage, and one of a model that the config does not know. */
async function createProjectWithAnswers() {
  const baseUrl = 'http://play.invalid/v1'
  const project = await createProject({ baseUrl, model: { price } })
  const [first, second, third] = makeEntries(3)
  if (!first || !second || !third) throw new Error('expected entries')
  await putAll(project.store, [
    first,
    { ...second, step: 'grade:safety', category: 'cyber' },
    { ...third, step: 'classify', category: null, answer: { ...third.answer, usage: null } },
    makeEntry({ model: 'unpriced' }),
  ])
  return project
}

test('dollars cover the answers with a known price and usage, and the others are counted, not guessed', async () => {
  const { store, config } = await createProjectWithAnswers()
  const { code, stdout, stderr } = await runCli(['store', 'stats', store, '-c', config, '--json'])
  expect(code, stderr).toBe(0)
  const unknown = { withoutUsage: 1, withoutPrice: 1 }
  expect(JSON.parse(stdout)).toMatchObject({
    answers: 4,
    total: { answers: 4, promptTokens: 30, completionTokens: 15, costUsd: 2 * (10 + 2 * 5), ...unknown },
    models: {
      'play at http://play.invalid/v1': { answers: 3, costUsd: 40, withoutPrice: 0 },
      'unpriced at http://play.invalid/v1': { answers: 1, costUsd: 0, withoutPrice: 1 },
    },
    steps: { classify: { answers: 1 }, generate: { answers: 2 }, 'grade:safety': { answers: 1, costUsd: 20 } },
    categories: { cyber: { answers: 1 }, general: { answers: 2 }, 'not yet classified': { answers: 1 } },
  })
})

test('without a config no answer has a price, and the text says so', async () => {
  const { store, config } = await createProjectWithAnswers()
  const bare = await runCli(['store', 'stats', store])
  expect(bare.stdout).toContain('no price')
  expect(bare.stdout).not.toContain('$')
  const priced = await runCli(['store', 'stats', store, '--config', config])
  expect(priced.stdout).toContain('$40.00, 1 without a price, 1 of unknown tokens')
})

test('surplus answers and requests that failed are counted', async () => {
  const { store: path } = await createProjectWithAnswers()
  const store = openSqliteStore(path)
  await store.put({ ...makeEntry({ model: 'unpriced' }), latencyMs: 13 })
  await store.noteFailure('f'.repeat(64), 'no such model', '2026-01-02T03:04:05.000Z')
  await store.close()
  const { stdout } = await runCli(['store', 'stats', path])
  expect(stdout).toMatch(/^4 answers, 1 surplus answers, 1 requests that failed, 0\.\d MB\n/)
})

test('cached tokens have their own price', () => {
  const cachedPrice = { ...price, cachedInputPerMillion: 100_000 }
  const measure = {
    step: 'generate',
    endpoint: 'e',
    model: 'm',
    category: null,
    via: null,
    answers: 1,
    withoutUsage: 0,
  }
  const tokens = { promptTokens: 10, cachedPromptTokens: 4, completionTokens: 1 }
  expect(sumMeasures([{ ...measure, ...tokens }], () => cachedPrice).costUsd).toBeCloseTo(6 + 0.4 + 2)
})

test('a store that is not there is a user error and is not made; nor is any other file taken for one', async () => {
  const { folder } = await createProjectWithAnswers()
  const path = join(folder, 'typo.db')
  const { code, stderr } = await runCli(['store', 'stats', path])
  expect([code, stderr]).toEqual([2, expect.stringContaining('answer_store')])
  expect(existsSync(path)).toBe(false)
  await writeFile(path, 'name: demo\n'.repeat(100))
  expect((await runCli(['store', 'stats', path])).code).toBe(2)
})
