import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createRunBudgets } from '../../pipeline/answers/postgres-budgets.ts'
import { openPostgres } from '../../pipeline/answers/postgres-database.ts'
import { createRunRegistry } from '../../pipeline/answers/postgres-runs.ts'
import type { Caps, Reservation } from '../../pipeline/models/budget.ts'
import { startCli } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'
import { describeOnPostgres } from '../support/describe-on-postgres.ts'
import { runSql } from '../support/postgres.ts'
import { createProject, startServer } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const one = { costUsd: 1, tokens: 10 }
const never = new AbortController().signal
const statusSchema = z.looseObject({
  status: z.string(),
  message: z.string(),
  budget: z
    .object({ spent: z.looseObject({ costUsd: z.number() }), overshoot: z.looseObject({ costUsd: z.number() }) })
    .loose(),
  requests: z.looseObject({ run: z.looseObject({ costUsd: z.number() }) }),
})

describeOnPostgres('a budget of many workers', { timeout: 120_000 }, (postgres) => {
  const withBudgets = async (
    caps: Caps,
    use: (budgets: ReturnType<typeof createRunBudgets>, url: string) => Promise<void>,
  ): Promise<void> => {
    const url = await postgres.createDatabase()
    const database = await openPostgres({ url, name: 'postgres:TEST_URL' })
    try {
      await createRunRegistry(database).start('r', 'test')
      const budgets = createRunBudgets(database, async () => await sleep(2))
      await budgets.start('r', caps)
      await use(budgets, url)
    } finally {
      await database.close()
    }
  }

  test('what many workers ask for at once never comes to more than the cap, and unused room is given on', () =>
    withBudgets({ maxCostUsd: 20, maxTokens: null }, async (budgets) => {
      const workers = ['a', 'b', 'c', 'd'].map((worker) => budgets.openFor('r', worker, never))
      let [granted, most, open] = [0, 0, 0]
      const spend = async (n: number): Promise<void> => {
        const reservation = await workers[n % workers.length]?.reserve(one)
        if (reservation === null || reservation === undefined) return
        granted += 1
        open += 1
        most = Math.max(most, open)
        await sleep(Math.random() * 4)
        open -= 1
        // Every other one comes to half.
        reservation.settle(n % 2 === 0 ? { costUsd: 0.5, tokens: 5 } : one)
      }
      await Promise.all(Array.from({ length: 60 }, (_, n) => spend(n)))
      await budgets.flush()
      const { spent, reserved, reached, overshoot } = await budgets.read('r')
      expect(most).toBeLessThanOrEqual(20)
      expect(granted).toBeGreaterThan(20)
      expect(spent.costUsd).toBeLessThanOrEqual(20)
      expect(spent.costUsd).toBeGreaterThan(19)
      expect(reserved).toEqual({ costUsd: 0, tokens: 0 })
      expect(overshoot).toEqual({ costUsd: 0, tokens: 0 })
      expect(reached).not.toBeNull()
      expect(workers[0]?.read().reached).toContain('of $20 for this run')
    }))

  test('a request that does not fit waits for those of another worker, and is refused when none is in flight', () =>
    withBudgets({ maxCostUsd: null, maxTokens: 15 }, async (budgets) => {
      const [first, second] = [budgets.openFor('r', 'a', never), budgets.openFor('r', 'b', never)]
      const held = await first.reserve(one)
      let got: Reservation | null | undefined
      const waiting = second.reserve(one).then((reservation) => (got = reservation))
      await sleep(50)
      expect(got).toBeUndefined()
      held?.settle({ costUsd: 0, tokens: 5 })
      expect(await waiting).not.toBeNull()
      got?.settle(null)
      await budgets.flush()
      expect(await second.reserve(one)).toBeNull()
      expect(await budgets.read('r')).toMatchObject({ spent: { tokens: 15 }, assumed: { tokens: 10 } })
    }))

  test('what a dead worker set aside ends by itself, at its worst case; a live one renews its own', () =>
    withBudgets({ maxCostUsd: 2, maxTokens: null }, async (budgets, url) => {
      const [dead, live] = [budgets.openFor('r', 'dead', never), budgets.openFor('r', 'live', never)]
      await dead.reserve(one)
      const held = await live.reserve(one)
      await runSql(url, "UPDATE safe_completions.reservations SET expires_at = now() - interval '1 second'")
      await budgets.renew('live')
      // It does not fit, and looking for room ends what the dead one holds; the live one's stays.
      const waiting = live.reserve(one)
      held?.settle({ costUsd: 0, tokens: 0 })
      expect(await waiting).not.toBeNull()
      expect(await budgets.read('r')).toMatchObject({ spent: { costUsd: 1 }, assumed: { costUsd: 1 }, reserved: one })
    }))

  test('a reservation whose grant was lost with its connection ends, though its worker lives', () =>
    withBudgets({ maxCostUsd: 2, maxTokens: null }, async (budgets, url) => {
      const live = budgets.openFor('r', 'live', never)
      await runSql(url, "SELECT safe_completions.reserve('r', 'live', 1, 10, interval '180 seconds')")
      const held = await live.reserve(one)
      await runSql(url, "UPDATE safe_completions.reservations SET expires_at = now() - interval '1 second'")
      await budgets.renew('live')
      const waiting = live.reserve(one)
      held?.settle({ costUsd: 0, tokens: 0 })
      expect(await waiting).not.toBeNull()
      expect(await budgets.read('r')).toMatchObject({ assumed: { costUsd: 1 }, reserved: one })
    }))

  test('the used up budget of a run that was killed does not end another that waits for the same requests', async () => {
    const server = await startServer(createPlayModel())
    const model = { price: { inputPerMillion: 1, outputPerMillion: 10 }, maxReplyTokens: 200 }
    const config = { store: { postgres: { urlEnv: 'ANSWERS_URL' } } }
    const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(3), config, model })
    const url = await postgres.createDatabase()
    const options = { env: { ANSWERS_URL: url } }
    const args = ['build', project.config, '--executor', 'queue', '--max-cost']
    const killed = startCli([...args, '0.01'], options)
    const jobs = "SELECT count(*)::int AS n FROM safe_completions_queue.job WHERE name LIKE 'lane-%'"
    const countJobs = async (): Promise<unknown> => await runSql(url, jobs).catch(() => [])
    while (!/"n":[1-9]/.test(JSON.stringify(await countJobs()))) await sleep(50)
    killed.child.kill('SIGKILL')
    await killed.done
    await runSql(url, 'UPDATE safe_completions.runs SET reached = true')
    const next = startCli([...args, '100'], options)
    const runs = 'SELECT count(*)::int AS n FROM safe_completions.runs'
    while (!JSON.stringify(await runSql(url, runs)).includes('"n":2')) await sleep(50)
    // It has put its jobs, which the queue left out.
    await sleep(1000)
    const worker = startCli(['worker', project.config], options)
    const { code, stderr, stdout } = await next.done
    expect(code, stderr + stdout).toBe(0)
    const refused = await runSql(
      url,
      "SELECT count(*)::int AS n FROM safe_completions.outcomes WHERE reason = 'budget'",
    )
    expect(refused).not.toEqual([{ n: 0 }])
    worker.child.kill('SIGTERM')
    expect((await worker.done).code).toBe(0)
  })

  test('two workers stop at the cap of a run, whoever spends it, and go on under that of the next', async () => {
    const server = await startServer(createPlayModel(), { latencyMs: 5 })
    const model = { price: { inputPerMillion: 1, outputPerMillion: 10 }, maxReplyTokens: 200 }
    const config = { store: { postgres: { urlEnv: 'ANSWERS_URL' } } }
    const own = { baseUrl: server.baseUrl, prompts: seedPrompts(10), config, model }
    const project = await createProject(own)
    const env = { ANSWERS_URL: await postgres.createDatabase() }
    const workers = [0, 1].map(() => startCli(['worker', project.config], { env }))
    const runs: z.infer<typeof statusSchema>[] = []
    const cap = '0.15'
    for (let n = 0; n < 12 && runs.at(-1)?.status !== 'published'; n += 1) {
      const args = ['build', project.config, '--executor', 'queue', '--json', '--max-cost', cap]
      const { code, stdout, stderr } = await startCli(args, { env }).done
      expect([0, 7], stderr + stdout).toContain(code)
      runs.push(statusSchema.parse(JSON.parse(stdout)))
    }
    expect(runs.length).toBeGreaterThan(1)
    expect(runs.at(-1)?.status).toBe('published')
    for (const { budget, requests } of runs) {
      expect(budget.spent.costUsd).toBeLessThanOrEqual(Number(cap))
      expect(budget.spent.costUsd).toBeCloseTo(requests.run.costUsd, 9)
      expect(budget.overshoot.costUsd).toBe(0)
    }
    for (const { status, message } of runs.slice(0, -1)) {
      expect([status, message]).toEqual(['budget_reached', expect.stringContaining(`of $${cap} for this run`)])
    }
    for (const { child } of workers) child.kill('SIGTERM')
    expect((await Promise.all(workers.map(({ done }) => done))).map(({ code }) => code)).toEqual([0, 0])
  })
})
