import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openPostgresStore } from '../../pipeline/answers/postgres-store.ts'
import { runCli, type CliResult } from '../cli/run-cli.ts'
import { createPlayModel } from '../support/play-model.ts'
import { describeOnPostgres } from '../support/describe-on-postgres.ts'
import { runSql } from '../support/postgres.ts'
import { buildWhole, createProject, digestShards, readLatest, startServer, type BuildProject } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const password = 'hunter2-7f3a9c5e1b'
const store = { postgres: { urlEnv: 'ANSWERS_URL' } }

describeOnPostgres('a store on PostgreSQL', { timeout: 120_000 }, (postgres) => {
  const createUrl = async (): Promise<string> =>
    (await postgres.createDatabase()).replace('postgres@', `postgres:${password}@`)
  const createOn = async (baseUrl: string): Promise<BuildProject> =>
    await createProject({ baseUrl, prompts: seedPrompts(6), config: { store } })

  test('builds the same bytes as a store in a file, and reruns for nothing', async () => {
    const server = await startServer(createPlayModel())
    const other = await buildWhole(await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(6) }))
    const [project, env] = [await createOn(server.baseUrl), { ANSWERS_URL: await createUrl() }]
    const before = server.requests.count
    const first = await runCli(['build', project.config], { env })
    expect(first.code, first.stderr).toBe(0)
    expect(server.requests.count).toBe(before * 2)
    const path = join(project.home, (await readLatest(project.home)) ?? 'none')
    expect(await digestShards(path)).toEqual(await digestShards(other.path))
    const again = await runCli(['build', project.config, '--recompute'], { env })
    expect(again.code, again.stderr).toBe(0)
    expect(server.requests.count).toBe(before * 2)
    expect((await runCli(['plan', project.config], { env })).stdout).toContain('nothing')
    const [id] = await readIds(env.ANSWERS_URL)
    expect((await runCli(['show', String(id), '-c', project.config], { env })).stdout).toContain(String(id))
  })

  test('doctor looks at a database and changes nothing: none there, none that may be made, one of an earlier version', async () => {
    const [project, url] = [await createOn('http://127.0.0.1:1/v1'), await createUrl()]
    const examine = async (address: string): Promise<string> => {
      const { stdout } = await runCli(['doctor', project.config, '--offline'], { env: { ANSWERS_URL: address } })
      return stdout.split('\n').find((line) => /^\w+ +store:/.test(line)) ?? stdout
    }
    expect(await examine(url)).toMatch(/^ok .*: not there yet; the first build makes it$/)
    expect(await runSql(url, "SELECT FROM pg_namespace WHERE nspname = 'safe_completions'")).toEqual([])
    await runSql(url, 'CREATE ROLE poor LOGIN')
    expect(await examine(url.replace(/\/\/[^@]*@/, '//poor@'))).toMatch(
      /^problem .*right to create a schema.*GRANT CREATE/,
    )
    await (await openPostgresStore({ url, name: 'postgres:ANSWERS_URL' })).close()
    expect(await examine(url)).toMatch(/^ok .*: opens$/)
    await runSql(url, 'DELETE FROM safe_completions.migrations WHERE version > 6')
    expect(await examine(url)).toMatch(/^ok .*: opens; the next build brings it from schema 6 to \d+$/)
    expect(await runSql(url, 'SELECT max(version) AS version FROM safe_completions.migrations')).toEqual([
      { version: 6 },
    ])
    await runSql(url, 'INSERT INTO safe_completions.migrations (version) VALUES (99)')
    expect(await examine(url)).toMatch(/^problem .*schema version \d+ at most, got 99/)
  })

  test('keeps its URL to itself: the password is in no output, file or table', async () => {
    const server = await startServer(createPlayModel())
    const [project, env] = [await createOn(server.baseUrl), { ANSWERS_URL: await createUrl() }]
    const results = [
      await runCli(['build', project.config, '--keep-stages'], { env }),
      await runCli(['plan', project.config, '--json'], { env }),
      await runCli(['store', 'gc', 'postgres:ANSWERS_URL', '--builds', project.home], { env }),
      await runCli(['store', 'stats', env.ANSWERS_URL], { env }),
      await runCli(['build', project.config], { env: { ANSWERS_URL: `${env.ANSWERS_URL}:[` } }),
      await runCli(['build', project.config], {
        env: { ANSWERS_URL: env.ANSWERS_URL.replace(/host=.*/, 'host=/none') },
      }),
    ]
    for (const { stdout, stderr } of results) expect(stdout + stderr).not.toContain(password)
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 2, 2, 2])
    for (const entry of await readdir(project.folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      expect((await readFile(join(entry.parentPath, entry.name))).includes(password), entry.name).toBe(false)
    }
    const tables = ['answers', 'texts', 'store', 'failures']
    for (const table of tables) {
      expect(JSON.stringify(await runSql(env.ANSWERS_URL, `SELECT * FROM safe_completions.${table}`))).not.toContain(
        password,
      )
    }
  })

  test('without the variable, or with a URL in its place, a command says what to set', async () => {
    const server = await startServer(createPlayModel())
    const project = await createOn(server.baseUrl)
    const missing = await runCli(['build', project.config])
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('Set ANSWERS_URL in the environment') })
    const url = await createProject({ baseUrl: server.baseUrl, config: { store: 'postgres://ana:pw@host/db' } })
    const refused = await runCli(['build', url.config])
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('environment variable') })
    expect(refused.stderr).not.toContain('ana')
    expect(server.requests.count).toBe(0)
  })

  test('takes recordings and merges; what works on files only says so and changes nothing', async () => {
    const server = await startServer(createPlayModel())
    const file = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(6) })
    await buildWhole(file)
    const sent = server.requests.count
    const [project, env] = [await createOn(server.baseUrl), { ANSWERS_URL: await createUrl() }]
    const recording = join(file.folder, 'answers.jsonl.gz')
    const run = async (...args: string[]): Promise<CliResult> => await runCli(['store', ...args], { env })
    expect((await run('export', file.store, recording)).code).toBe(0)
    expect((await run('import', 'postgres:ANSWERS_URL', recording)).stdout).toMatch(/answers added, 0 known/)
    expect((await run('merge', 'postgres:ANSWERS_URL', file.store)).stdout).toMatch(/0 answers added/)
    expect((await run('gc', 'postgres:ANSWERS_URL', '--builds', file.home)).stdout).toContain('would drop 0 answers')
    const [ours, theirs] = [join(file.folder, 'ours.jsonl'), join(file.folder, 'theirs.jsonl')]
    for (const [address, path] of [
      [file.store, ours],
      ['postgres:ANSWERS_URL', theirs],
    ] as const) {
      expect((await run('export', address, path, '--builds', file.home, '--step', 'grade')).stderr).toBe('')
    }
    expect(await readFile(theirs, 'utf8')).toBe(await readFile(ours, 'utf8'))
    expect((await run('merge', file.store, 'postgres:ANSWERS_URL')).stdout).toMatch(
      /0 answers added, 0 kept as surplus/,
    )
    const [inFile, inDatabase] = await Promise.all(
      [file.store, 'postgres:ANSWERS_URL'].map((address) => run('stats', address, '--json')),
    )
    const withoutBytes = (text = '') => ({ ...JSON.parse(text), bytes: 0 })
    expect(withoutBytes(inDatabase?.stdout)).toEqual(withoutBytes(inFile?.stdout))
    expect((await runCli(['build', project.config, '--offline'], { env })).code).toBe(0)
    expect(await runCli(['build', project.config, '--executor', 'batch', '--recompute'], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected a SQLite store'),
    })
    expect(server.requests.count).toBe(sent)
  })
})

async function readIds(url: string): Promise<readonly unknown[]> {
  const rows = await runSql(url, "SELECT encode(digest, 'hex') AS id FROM safe_completions.answers LIMIT 1")
  return rows.map((row) => Object.values(Object(row))[0])
}
