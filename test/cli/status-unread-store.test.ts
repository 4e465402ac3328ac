import { writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { createProject } from '../build/build-project.ts'
import { seedPrompts } from '../build/seed-prompts.ts'
import { runCli } from './run-cli.ts'

test('`status` says how a build ended also where its answer store cannot be read, and why not', async () => {
  const project = await createProject({ baseUrl: 'http://127.0.0.1:9/v1', prompts: seedPrompts(1) })
  expect((await runCli(['build', project.config, '--offline'])).code).toBe(4)
  const store = new DatabaseSync(project.store)
  store.exec('PRAGMA user_version=1')
  store.close()
  const older = await runCli(['status', project.config])
  expect([older.code, older.stderr]).toEqual([0, ''])
  expect(older.stdout).toContain('offline_miss · exit code 4')
  expect(older.stdout).toMatch(/^batches {5}not known: expected schema version \d+, got 1 /m)

  await writeFile(project.store, 'no database at all')
  const foreign = await runCli(['status', project.config, '--json'])
  expect([foreign.code, foreign.stderr]).toEqual([0, ''])
  expect(JSON.parse(foreign.stdout)).toMatchObject({
    state: 'offline_miss',
    batches: null,
    batchesProblem: expect.stringContaining(project.store),
  })
})
