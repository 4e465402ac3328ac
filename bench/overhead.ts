/*
 * What the whole pipeline costs beside bare clients that send the same requests to the same server, in one run:
 *
 *   npm run bench:overhead -- [--prompts 10000] [--concurrency 64,256,1024] [--latency-ms 50]
 *
 * The server is another process. For each concurrency: the whole pipeline from an empty store; then loops that send the
 * very requests that the pipeline sent, read back from its store: the openai client as it comes, the pipeline's provider
 * without a pipeline around it, and `undici.request` without a client. Wall and CPU seconds of the sending process, and its
 * peak RSS. The ideal wall time is the latency for each round of requests, as if sending cost nothing.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { measurePart, ratio, type Measurement } from './support/measure-part.ts'
import { writeOverheadInputs } from './support/overhead-inputs.ts'

const { values } = parseArgs({
  options: {
    prompts: { type: 'string', default: '10000' },
    concurrency: { type: 'string', default: '64,256,1024' },
    'latency-ms': { type: 'string', default: '50' },
  },
})
const prompts = Number(values.prompts)
const latencyMs = Number(values['latency-ms'])

const server = fork(join(import.meta.dirname, 'support/serve-play-model.ts'), [values['latency-ms']])
const [first] = await once(server, 'message')
const baseUrl = z.string().parse(first)

try {
  process.stdout.write(`node ${process.versions.node}, ${cpus().length} cores, ${prompts} prompts\n`)
  for (const concurrency of values.concurrency.split(',').map(Number)) await compare(concurrency)
} finally {
  server.kill()
}

async function compare(concurrency: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'overhead-'))
  try {
    process.stdout.write(`\nconcurrency ${concurrency}\n`)
    await writeOverheadInputs(folder, { prompts, baseUrl, concurrency })
    const options = { folder, baseUrl, concurrency }
    const whole = await measurePart('whole pipeline', ['pipeline'], options)
    const plain = await measurePart('openai client', ['client', 'plain'], options)
    const provider = await measurePart('our provider alone', ['client', 'provider'], options)
    const bare = await measurePart('undici.request', ['client', 'undici'], options)
    const compareTo = (one: Measurement): string =>
      `wall ${ratio(whole.wallS, one.wallS)}   CPU ${ratio(whole.cpuS, one.cpuS)}   peak memory ${ratio(whole.peakRssMb, one.peakRssMb)}`
    const idealS = (Math.ceil(whole.requests / concurrency) * latencyMs) / 1000
    process.stdout.write(
      [
        `pipeline / openai client               ${compareTo(plain)}`,
        `pipeline / our provider alone          ${compareTo(provider)}`,
        `pipeline / undici.request              ${compareTo(bare)}`,
        `wall / ideal of ${idealS.toFixed(1)} s: pipeline ${ratio(whole.wallS, idealS)}, openai client ${ratio(plain.wallS, idealS)}, undici.request ${ratio(bare.wallS, idealS)}`,
        '',
      ].join('\n'),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
