/*
 * A build that is killed half way and run again, beside one that nothing interrupts, in one run on a local server:
 *
 *   npx node bench/resume.ts [--prompts 5000] [--concurrency 256] [--latency-ms 50]
 *
 * The kill is a SIGKILL of the building process once the server has seen half of the requests. The server counts, so
 * what was sent twice shows: at most what was in flight.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startChatServer } from '../test/support/chat-server.ts'
import { createPlayModel } from '../test/support/play-model.ts'
import { measurePart, ratio } from './support/measure-part.ts'
import { writeOverheadInputs } from './support/overhead-inputs.ts'

const { values } = parseArgs({
  options: {
    prompts: { type: 'string', default: '5000' },
    concurrency: { type: 'string', default: '256' },
    'latency-ms': { type: 'string', default: '50' },
  },
})
const prompts = Number(values.prompts)
const concurrency = Number(values.concurrency)
// In this process, since it is the one that counts; the builds are in processes of their own.
const { baseUrl, requests, close } = await startChatServer({
  reply: createPlayModel(),
  latencyMs: Number(values['latency-ms']),
  keepRequests: false,
})

process.stdout.write(`node ${process.versions.node}, ${cpus().length} cores, ${prompts} prompts\n`)
const whole = await inFolder(async (options) => {
  const measured = await measurePart('uninterrupted', ['pipeline'], options)
  return { sent: requests.count, wallS: measured.wallS }
})
const resumed = await inFolder(async (options) => {
  const before = requests.count
  const startMs = performance.now()
  await killHalfWay(options, before + whole.sent / 2)
  const untilKillS = (performance.now() - startMs) / 1000
  const atKill = requests.count - before
  const measured = await measurePart('run again after the kill', ['pipeline'], options)
  return { sent: requests.count - before, atKill, untilKillS, wallS: untilKillS + measured.wallS }
})
await close()
process.stdout.write(
  [
    `killed after ${resumed.untilKillS.toFixed(1)} s and ${resumed.atKill} requests (start of the process included)`,
    `sent twice   ${resumed.sent - whole.sent} requests of ${whole.sent}, with ${concurrency} in flight at most`,
    `both runs / uninterrupted   wall ${ratio(resumed.wallS, whole.wallS)}   requests ${(resumed.sent / whole.sent).toFixed(4)}`,
    '',
  ].join('\n'),
)

type Options = Parameters<typeof measurePart>[2]

async function inFolder<T>(work: (options: Options) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'resume-'))
  try {
    await writeOverheadInputs(folder, { prompts, baseUrl, concurrency })
    return await work({ folder, baseUrl, concurrency })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function killHalfWay({ folder }: Options, count: number): Promise<void> {
  const script = join(import.meta.dirname, 'support/overhead-part.ts')
  const child = spawn(process.execPath, [script, folder, baseUrl, String(concurrency), 'pipeline'], { stdio: 'ignore' })
  while (requests.count < count) await sleep(5)
  child.kill('SIGKILL')
  await once(child, 'close')
  // What the dead process had sent is still on its way through the server.
  await sleep(500)
}
