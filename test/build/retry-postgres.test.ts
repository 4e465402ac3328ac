import { expect, test } from 'vitest'
import { build } from '../../pipeline/index.ts'
import { startCli } from '../cli/run-cli.ts'
import { createFailingModel, truncated, turnDown } from '../support/failing-once.ts'
import { describeOnPostgres } from '../support/describe-on-postgres.ts'
import { startServer } from './build-project.ts'
import { codesByPrompt, createRetryProject, labelledPrompts, readLatestBuild } from './retry-project.ts'

const prompts = labelledPrompts(4)
const textOf = (n: number): string => prompts[n]?.prompt ?? ''

describeOnPostgres('a store on PostgreSQL', { timeout: 120_000 }, (postgres) => {
  test('has what failed asked again, live and by a worker, and what is declined again holds up neither', async () => {
    const server = await startServer(
      createFailingModel([
        { prompt: textOf(0), step: 'generate', reply: truncated },
        { prompt: textOf(2), step: 'generate', reply: turnDown(403), times: 3 },
      ]),
    )
    const models = { play: { baseUrl: server.baseUrl, model: 'play', apiKeyEnv: null, concurrency: 1 } }
    const config = { store: { postgres: { urlEnv: 'ANSWERS_URL' } }, rowsInFlight: 1, models }
    const project = await createRetryProject(server.baseUrl, prompts, config)
    const env = { ANSWERS_URL: await postgres.createDatabase() }
    await build({ config: project.config, env })
    const codes = async () => codesByPrompt((await readLatestBuild(project)).rejected, prompts)
    expect(await codes()).toEqual({ 0: 'truncated', 2: 'declined' })
    const retry = { config: project.config, env, retryFailed: true } as const
    expect((await build(retry)).retries?.codes).toEqual({ truncated: 1, declined: 1 })
    expect(await codes()).toEqual({ 2: 'declined' })
    const worker = startCli(['worker', project.config], { env })
    for (const left of [{ 2: 'declined' }, {}]) {
      const sent = server.requests.count
      const status = await build({ ...retry, executor: 'queue' })
      expect(status).toMatchObject({ status: 'published', retries: { codes: { declined: 1 } } })
      expect(await codes()).toEqual(left)
      expect(server.requests.count - sent).toBe('2' in left ? 1 : 2)
    }
    worker.child.kill('SIGTERM')
    expect((await worker.done).code).toBe(0)
  })
})
