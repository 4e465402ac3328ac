/*
 * Pipeline overhead against a bare loop of the same openai client on the same requests and server, in one run:
 *
 *   npm run bench:overhead -- [--prompts 10000] [--concurrency 256] [--latency-ms 50]
 *
 * The server (another process, 50 ms a reply) is warmed up first. Then: the whole pipeline, cold; the whole pipeline
 * again, warm (every answer stored), recomputing every row and as a user runs it (nothing changed); a bare loop with the client as it comes; a bare loop with the pipeline's own fetch
 * shim. The bare loops send the very requests that the pipeline sent, read back from its store. Wall and CPU seconds of
 * this process; peak RSS of the pipeline's process.
 */
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'

const { values } = parseArgs({
  options: {
    prompts: { type: 'string', default: '10000' },
    concurrency: { type: 'string', default: '256' },
    'latency-ms': { type: 'string', default: '50' },
  },
})
const prompts = Number(values.prompts)
const concurrency = Number(values.concurrency)

const measurementSchema = z.object({ wallS: z.number(), cpuS: z.number(), peakRssMb: z.number(), requests: z.number() })

const folder = await mkdtemp(join(tmpdir(), 'overhead-'))
const server = fork(join(import.meta.dirname, 'support/serve-play-model.ts'), [values['latency-ms']])
const [first] = await once(server, 'message')
const baseUrl = z.string().parse(first)

try {
  await writeInputs()
  const cold = await measure('pipeline, cold', ['pipeline'])
  const warm = await measure('pipeline, warm, recomputed', ['recompute'])
  const unchanged = await measure('pipeline, warm, nothing changed', ['pipeline'])
  const plain = await measure('bare openai client', ['client', 'plain'])
  const shimmed = await measure('bare openai client, fetch shim', ['client', 'shim'])
  const ratio = (a: number, b: number): string => (a / b).toFixed(2)
  process.stdout.write(
    [
      '',
      `node ${process.versions.node}, ${cpus().length} cores, ${prompts} prompts, ${cold.requests} requests, concurrency ${concurrency}`,
      `pipeline / bare client              wall ${ratio(cold.wallS, plain.wallS)}   CPU ${ratio(cold.cpuS, plain.cpuS)}`,
      `pipeline / bare client with shim    wall ${ratio(cold.wallS, shimmed.wallS)}   CPU ${ratio(cold.cpuS, shimmed.cpuS)}`,
      `cold / warm, recomputed             wall ${ratio(cold.wallS, warm.wallS)}   CPU ${ratio(cold.cpuS, warm.cpuS)}`,
      `cold / warm, nothing changed        wall ${ratio(cold.wallS, unchanged.wallS)}   CPU ${ratio(cold.cpuS, unchanged.cpuS)}`,
      `peak RSS of the pipeline            ${Math.round(cold.peakRssMb)} MB cold, ${Math.round(warm.peakRssMb)} MB warm`,
      '',
    ].join('\n'),
  )
} finally {
  server.kill()
  await rm(folder, { recursive: true, force: true })
}

async function writeInputs(): Promise<void> {
  const subjects = ['a router', 'a lathe', 'a pump', 'a ledger', 'a garden', 'a lease', 'a sermon', 'a kiln']
  const rows = Array.from({ length: prompts }, (_, n) =>
    JSON.stringify({
      prompt: `Question ${n}: how would somebody in my position go about looking after ${subjects[n % subjects.length]} of type ${n * 7919} in workshop ${n % 97}, and what should they write down first?`,
      category: ['cyber', 'weapons', 'fraud', 'general'][n % 4],
      intent: ['benign', 'dual_use', 'malicious'][n % 3],
    }),
  )
  await writeFile(join(folder, 'prompts.jsonl'), rows.join('\n'))
  const config = {
    name: 'overhead',
    sources: [
      {
        name: 'synthetic',
        path: 'prompts.jsonl',
        fields: { prompt: 'prompt', category: 'category', intent: 'intent' },
      },
    ],
    // The prompts are alike on purpose.
    screen: { nearDuplicateThreshold: null },
    models: { play: { baseUrl, model: 'play', apiKeyEnv: null, concurrency } },
    generate: { model: 'play', candidates: 1 },
    grade: { panel: ['safety', 'response-mode', 'helpfulness'].map((judge) => ({ judge, model: 'play' })) },
    select: { minHelpfulness: 0, minReasoning: 0, minSafety: 0, requireModeAgreement: false },
  }
  await writeFile(join(folder, 'config.yaml'), JSON.stringify(config))
}

/** Each part in a process of its own, so that none inherits another's heap. */
async function measure(name: string, part: readonly string[]): Promise<z.infer<typeof measurementSchema>> {
  const script = resolve(import.meta.dirname, 'support/overhead-part.ts')
  const child = spawn(process.execPath, [script, folder, baseUrl, String(concurrency), ...part], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  await once(child, 'close')
  const measured = measurementSchema.parse(JSON.parse(text))
  const { wallS, cpuS, requests, peakRssMb } = measured
  process.stdout.write(
    `${name.padEnd(34)} ${wallS.toFixed(1)} s wall, ${cpuS.toFixed(1)} s CPU, ${requests} requests, ${((cpuS / Math.max(requests, 1)) * 1000).toFixed(3)} CPU s per 1,000, ${Math.round(peakRssMb)} MB\n`,
  )
  return measured
}
