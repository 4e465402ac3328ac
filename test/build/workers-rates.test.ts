import { expect, test } from 'vitest'
import { openPostgres } from '../../pipeline/answers/postgres-database.ts'
import { createSharedRates } from '../../pipeline/answers/postgres-rates.ts'
import { startCli } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'
import { describeOnPostgres } from '../support/describe-on-postgres.ts'
import { createProject, startServer } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

/** The most that goes in any window of so many milliseconds. */
function findMost(goes: readonly { readonly atMs: number; readonly amount: number }[], windowMs: number): number {
  const inOrder = goes.toSorted((a, b) => a.atMs - b.atMs)
  let [most, sum, from] = [0, 0, 0]
  for (const { atMs, amount } of inOrder) {
    sum += amount
    for (let first = inOrder[from]; first !== undefined && first.atMs <= atMs - windowMs; first = inOrder[from]) {
      sum -= first.amount
      from += 1
    }
    most = Math.max(most, sum)
  }
  return most
}

describeOnPostgres('rates that workers share', { timeout: 120_000 }, (postgres) => {
  test.each([
    ['requests', { requestsPerMinute: 600, tokensPerMinute: null }, 600, 1],
    ['tokens', { requestsPerMinute: null, tokensPerMinute: 60_000 }, 60_000, 100],
  ])(
    'four workers that book as fast as they can get the whole limit of %s and no more, in every minute',
    async (_, limits, most, tokens) => {
      const url = await postgres.createDatabase()
      const databases = await Promise.all([0, 1, 2, 3].map(() => openPostgres({ url, name: 'postgres:TEST_URL' })))
      const workers = databases.map(createSharedRates)
      const goes = await Promise.all(
        Array.from({ length: 2000 }, async (_, n) => {
          const waitMs = (await workers[n % 4]?.book('lane', limits, tokens)) ?? 0
          return { atMs: performance.now() + waitMs, amount: tokens }
        }),
      )
      // Clocks and round trips blur the places by some milliseconds.
      expect(findMost(goes, 60_000 - 250)).toBeLessThanOrEqual(most)
      expect(findMost(goes, 60_000)).toBeGreaterThan(most * 0.95)
      await Promise.all(databases.map((database) => database.close()))
    },
  )

  test('two workers on one limit send no faster than one would', async () => {
    const times: number[] = []
    const play = createPlayModel()
    const server = await startServer((body, n) => {
      times.push(performance.now())
      return play(body, n)
    })
    const perSecond = 20
    const model = { limits: { requestsPerMinute: perSecond * 60 } }
    const config = { store: { postgres: { urlEnv: 'ANSWERS_URL' } } }
    const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(10), config, model })
    const env = { ANSWERS_URL: await postgres.createDatabase() }
    for (let n = 0; n < 2; n += 1) startCli(['worker', project.config], { env })
    const { code, stderr } = await startCli(['build', project.config, '--executor', 'queue'], { env }).done
    expect(code, stderr).toBe(0)
    // A burst, what flows in, and one that a round trip was faster for than for the one before.
    const goes = times.map((atMs) => ({ atMs, amount: 1 }))
    expect(findMost(goes, 1000)).toBeLessThanOrEqual(perSecond * 2 + 2)
    const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000
    expect(times.length).toBeLessThanOrEqual(perSecond * (seconds + 1) + 2)
  })
})
