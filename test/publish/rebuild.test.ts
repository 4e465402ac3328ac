import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verifyBuild } from '../../pipeline/build/verify-build.ts'
import { createFolder, readBuild } from '../build/build-project.ts'
import { runCli } from '../cli/run-cli.ts'
import { startHubServer } from '../support/hub-server.ts'
import { download, readBranch } from './read-published.ts'
import { makeTwoBuilds } from './two-builds.ts'

const builds = makeTwoBuilds()
const to = ['--to', 'hf://datasets/me/set'] as const

test('a set that was published with its answers is made again in an empty folder, offline, with equal shards', async () => {
  const server = await startHubServer()
  const env = { HF_TOKEN: server.token, HF_ENDPOINT: server.url }
  const { project, second } = builds()
  // The latest of the config, and its store.
  expect(await runCli(['publish', '-c', project.config, ...to, '--with-answers'], { env })).toMatchObject({ code: 0 })
  const downloaded = await download(readBranch(server.repos.get('me/set')))
  expect((await verifyBuild(downloaded)).problems).toEqual([])
  const again = join(await createFolder(), 'again')
  await cp(join(downloaded, 'inputs'), again, { recursive: true })
  await writeFile(join(again, 'prompts.jsonl'), await readFile(join(project.folder, 'prompts.jsonl')))
  const store = join(again, '.safe-completions/answers.db')
  expect(await runCli(['store', 'import', store, join(again, 'answers.jsonl.gz')])).toMatchObject({ code: 0 })
  expect(await runCli(['build', join(again, 'config.yaml'), '--offline'])).toMatchObject({ code: 0 })
  const rebuilt = await readBuild(join(again, 'builds/test/latest'))
  expect(rebuilt.manifest.buildId).toBe(second.manifest.buildId)
  expect(rebuilt.manifest.shards).toEqual(second.manifest.shards)
  expect(rebuilt.manifest.rejected).toEqual(second.manifest.rejected)
  for (const { path } of second.manifest.shards) {
    expect(await readFile(join(rebuilt.path, path))).toEqual(await readFile(join(downloaded, path)))
  }
})

test('--with-answers and a store that lacks some is refused, for the set could not be made again', async () => {
  const { second } = builds()
  const store = join(await createFolder(), 'other.db')
  const recording = join(await createFolder(), 'empty.jsonl')
  await writeFile(recording, '{"recording":1}\n')
  await runCli(['store', 'import', store, recording])
  const env = { HF_TOKEN: 'hf_test_token' }
  const { code, stderr } = await runCli(['publish', second.path, ...to, '--with-answers', '--store', store], { env })
  expect([code, stderr]).toEqual([2, expect.stringContaining('missing_answers')])
})
