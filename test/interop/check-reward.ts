/*
 * Exports a build for reinforcement fine-tuning and lets its reward.py grade the build's own answers over HTTP:
 * node test/interop/check-reward.ts <new folder> <public data> <python> [train]. The rewards must be those of the rows, by
 * the very requests of the build; a judge that fails must give none. With `train`, TRL's GRPOTrainer takes one step on it.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { readManifest } from '../../pipeline/build/read-manifest.ts'
import { readShard } from '../../pipeline/shards/read-shard.ts'
import { startChatServer, type Scripted } from '../support/chat-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { buildTriplets, mishaps, runCommand } from './triplets-project.ts'

const [folder, dataFolder, python, train] = process.argv.slice(2)
if (folder === undefined || dataFolder === undefined || python === undefined)
  throw new Error('expected three arguments')

const key = 'a-key-of-the-test'
// No broken judges: a build asks them once more, and reward.py does not.
const play = createPlayModel({ misfits: mishaps.misfits ?? {} })
const failures: Readonly<Record<string, Scripted>> = {
  unreadable: { content: 'As a judge I cannot say.' },
  empty: { content: '' },
  refused: { content: null, refusal: 'I cannot judge that.' },
  cut: { content: '{"rationale":"r","direct":4,"indirect":4}', finish_reason: 'length' },
  filtered: { content: '', finish_reason: 'content_filter' },
  declined: { status: 400, body: { error: { message: 'no' } } },
}
let failure: Scripted | null = null
const server = await startChatServer({ reply: (body, n) => failure ?? play(body, n) })
try {
  const options = { folder: resolve(folder), dataFolder: resolve(dataFolder), baseUrl: server.baseUrl }
  const { path } = await buildTriplets(options, {
    name: 'rft',
    emit: { format: 'think_inline', writer: 'hyparquet-writer' },
  })
  const out = join(options.folder, 'rft-export')
  await runCommand('export', 'rft', path, '--out', out, '--include-rejected')
  const sentByBuild = new Set(server.requests.received.map(({ body }) => JSON.stringify(sortKeys(body))))
  const before = server.requests.count

  const rewards = await askRewards(out)
  const { shards } = await readManifest(path)
  const rows = await Promise.all(shards.map((shard) => Array.fromAsync(readShard(join(path, shard.path)))))
  const rowSchema = z.object({ prompt_id: z.string(), reward: z.number() })
  const expected = rows.flat().map((row) => rowSchema.parse(row))
  assert.deepEqual(rewards, Object.fromEntries(expected.map(({ prompt_id: id, reward }) => [id, reward])))
  const sentByReward = server.requests.received.slice(before)
  assert.ok(sentByReward.length > rows.flat().length)
  for (const { body, headers } of sentByReward) {
    assert.ok(sentByBuild.has(JSON.stringify(sortKeys(body))), 'a request that the build did not send')
    assert.equal(headers.authorization, `Bearer ${key}`)
  }
  console.log(
    `ok   ${rows.flat().length} rewards are those of the rows, by ${sentByReward.length} requests of the build`,
  )

  for (const [name, scripted] of Object.entries(failures)) {
    failure = scripted
    const values = Object.values(await askRewards(out))
    assert.ok(values.length > 0 && values.every((value) => value === null), `${name}: ${JSON.stringify(values)}`)
    console.log(`ok   ${name}: no reward`)
  }
  failure = { status: 401, body: { error: { message: 'no' } } }
  await assert.rejects(askRewards(out), /AuthenticationError/)
  console.log('ok   a refused key ends the training')

  if (train === 'train') {
    failure = null
    process.stdout.write(await runPython('grpo-one-step.py', out))
  }
} finally {
  await server.close()
}

async function askRewards(out: string): Promise<Record<string, number | null>> {
  return z.record(z.string(), z.number().nullable()).parse(JSON.parse(await runPython('ask-reward.py', out)))
}

async function runPython(script: string, out: string): Promise<string> {
  const child = spawn(python ?? '', ['-B', '-W', 'ignore', join(import.meta.dirname, script), out], {
    env: { ...process.env, JUDGE_API_KEY: key },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  assert.ok(!stderr.includes(key), 'the key stands in the log')
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stdout}${stderr}`)
  return stdout
}

/** Two clients may send the members of a body in another order. */
function sortKeys(value: object): object {
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
