/*
 * The same 5,000 chat requests to the same local server through Python peers and through this pipeline, cold and warm:
 *
 *   python3 -m venv /tmp/curator && /tmp/curator/bin/pip install -r bench/peers/requirements-curator.txt
 *   python3 -m venv /tmp/distilabel && /tmp/distilabel/bin/pip install -r bench/peers/requirements-distilabel.txt
 *   npx node bench/peers.ts --curator /tmp/curator/bin/python --distilabel /tmp/distilabel/bin/python
 *
 * Ours makes a whole build of 1,250 prompts of it (4 requests each): rules, verdicts, selection and shards are in its
 * figures. The peers send the same messages, read back from our store, and keep the texts. Imports are in no figure.
 */
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { openSqliteStore } from '../pipeline/answers/sqlite-store.ts'
import { measurementSchema, measurePart, printMeasured, ratio, type Measurement } from './support/measure-part.ts'
import { writeOverheadInputs } from './support/overhead-inputs.ts'

const { values } = parseArgs({
  options: {
    prompts: { type: 'string', default: '1250' },
    concurrency: { type: 'string', default: '256' },
    'latency-ms': { type: 'string', default: '50' },
    curator: { type: 'string' },
    distilabel: { type: 'string' },
  },
})
const concurrency = Number(values.concurrency)
const folder = await mkdtemp(join(tmpdir(), 'peers-'))
const server = fork(join(import.meta.dirname, 'support/serve-play-model.ts'), [values['latency-ms']])
const [first] = await once(server, 'message')
const baseUrl = z.string().parse(first)

try {
  process.stdout.write(`node ${process.versions.node}, ${cpus().length} cores, concurrency ${concurrency}\n`)
  await writeOverheadInputs(folder, { prompts: Number(values.prompts), baseUrl, concurrency })
  const options = { folder, baseUrl, concurrency }
  const cold = await measurePart('ours, cold', ['pipeline'], options)
  const recomputed = await measurePart('ours, warm, recomputed', ['recompute'], options)
  const unchanged = await measurePart('ours, warm, nothing changed', ['pipeline'], options)
  await exportRequests(join(folder, 'requests.jsonl'))
  for (const [name, python] of [
    ['curator', values.curator],
    ['distilabel', values.distilabel],
  ] as const) {
    if (python === undefined) continue
    const peerCold = await measurePeer(`${name}, cold`, python, name)
    const peerWarm = await measurePeer(`${name}, warm`, python, name)
    compare(`${name} / ours, cold`, peerCold, cold)
    compare(`${name} / ours, warm, recomputed`, peerWarm, recomputed)
    compare(`${name} / ours, warm, nothing changed`, peerWarm, unchanged)
  }
} finally {
  server.kill()
  await rm(folder, { recursive: true, force: true })
}

async function exportRequests(path: string): Promise<void> {
  const store = openSqliteStore(join(folder, '.safe-completions/answers.db'))
  const lines: string[] = []
  for await (const { request } of store.entries()) lines.push(JSON.stringify({ messages: request.messages }))
  await store.close()
  await writeFile(path, lines.join('\n'))
}

async function measurePeer(name: string, python: string, peer: string): Promise<Measurement> {
  const script = join(import.meta.dirname, `peers/${peer}_peer.py`)
  const child = spawn(python, [script, join(folder, 'requests.jsonl'), baseUrl, String(concurrency)], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      CURATOR_CACHE_DIR: join(folder, 'curator'),
      DISTILABEL_CACHE_DIR: join(folder, 'distilabel'),
      HF_HOME: join(folder, 'huggingface'),
      HF_HUB_OFFLINE: '1',
    },
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${name}: ${python} ended with ${code}; run it by hand to see why`)
  const measured = measurementSchema.parse(JSON.parse(text.trim().split('\n').at(-1) ?? ''))
  printMeasured(name, measured)
  return measured
}

function compare(name: string, one: Measurement, other: Measurement): void {
  process.stdout.write(
    `${name.padEnd(36)} wall ${ratio(one.wallS, other.wallS)}   CPU ${ratio(one.cpuS, other.cpuS)}   peak memory ${ratio(one.peakRssMb, other.peakRssMb)}\n`,
  )
}
