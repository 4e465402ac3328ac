import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { runCli, startCli } from '../cli/run-cli.ts'
import { describeOnPostgres } from '../support/describe-on-postgres.ts'
import { createLeaningModel } from '../support/leaning-model.ts'
import { runSql } from '../support/postgres.ts'
import { buildWhole, digestShards, readBuild, startServer } from './build-project.ts'
import { createQuotaProject } from './quota-project.ts'

const modes = { safe_completion: 0.4, direct_answer: 0.35, refuse_with_redirection: 0.25 }
const quota = { accepted: 20, modes, maxCandidates: 2 }

describeOnPostgres('a quota on a queue', { timeout: 240_000 }, (postgres) => {
  test('whose coordinator is killed and then capped ends with the rounds and shards of one process, and pays once', async () => {
    const play = createLeaningModel()
    const usage = { prompt_tokens: 1000, completion_tokens: 100 }
    const killed = Promise.withResolvers<void>()
    let heldFrom = Infinity
    const server = await startServer((body, n) => ({ ...play(body, n), usage }), {
      latencyMs: 5,
      hold: async (n) => await (n >= heldFrom ? killed.promise : undefined),
    })
    const model = { maxReplyTokens: 100 }
    const reference = await buildWhole(await createQuotaProject(server.baseUrl, quota, { model }))
    const total = server.requests.count
    // Round 1 has 20 prompts, so this is in a later one; and the build cannot end before it is killed.
    heldFrom = total * 1.5
    const config = { store: { postgres: { urlEnv: 'ANSWERS_URL' } } }
    const project = await createQuotaProject(server.baseUrl, quota, { config, model })
    const env = { ANSWERS_URL: await postgres.createDatabase() }
    const build = ['build', project.config, '--executor', 'queue']
    const worker = startCli(['worker', project.config], { env })
    const first = startCli(build, { env })
    while (first.child.exitCode === null && server.requests.count < heldFrom) await sleep(5)
    first.child.kill('SIGKILL')
    expect((await first.done).signal).toBe('SIGKILL')
    killed.resolve()
    const capped = await runCli([...build, '--max-tokens', '30000'], { env })
    expect(capped.code, capped.stderr).toBe(7)
    expect(capped.stdout).toContain('not_finished')
    const last = await runCli(build, { env })
    expect(last.code, last.stderr).toBe(0)
    const built = await readBuild(join(project.home, 'latest'))
    expect(built.manifest.quota).toEqual(reference.manifest.quota)
    expect(built.manifest.buildId).toBe(reference.manifest.buildId)
    expect(await digestShards(built.path)).toEqual(await digestShards(reference.path))
    expect(server.requests.count).toBe(2 * total)
    const surplus = 'SELECT count(*)::int AS n FROM safe_completions.surplus_answers'
    expect(await runSql(env.ANSWERS_URL, surplus)).toEqual([{ n: 0 }])
    worker.child.kill('SIGTERM')
    expect((await worker.done).code).toBe(0)
  })
})
