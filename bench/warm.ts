/*
 * A rerun on a store that has every answer, beside the first run, in one run on a local server:
 *
 *   npx node bench/warm.ts [--prompts 10000] [--concurrency 256] [--latency-ms 50]
 *
 * As a user reruns it, with nothing changed, and with `--recompute`, which goes through every row again.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { measurePart, ratio } from './support/measure-part.ts'
import { writeOverheadInputs } from './support/overhead-inputs.ts'

const { values } = parseArgs({
  options: {
    prompts: { type: 'string', default: '10000' },
    concurrency: { type: 'string', default: '256' },
    'latency-ms': { type: 'string', default: '50' },
  },
})
const prompts = Number(values.prompts)
const concurrency = Number(values.concurrency)
const folder = await mkdtemp(join(tmpdir(), 'warm-'))
const server = fork(join(import.meta.dirname, 'support/serve-play-model.ts'), [values['latency-ms']])
const [first] = await once(server, 'message')
const baseUrl = z.string().parse(first)

try {
  process.stdout.write(`node ${process.versions.node}, ${cpus().length} cores, ${prompts} prompts\n`)
  await writeOverheadInputs(folder, { prompts, baseUrl, concurrency })
  const options = { folder, baseUrl, concurrency }
  const cold = await measurePart('first run', ['pipeline'], options)
  const recomputed = await measurePart('rerun, every row recomputed', ['recompute'], options)
  const unchanged = await measurePart('rerun, nothing changed', ['pipeline'], options)
  for (const [name, one] of [
    ['recomputed', recomputed],
    ['nothing changed', unchanged],
  ] as const) {
    process.stdout.write(
      `first run / ${name.padEnd(16)} wall ${ratio(cold.wallS, one.wallS)}   CPU ${ratio(cold.cpuS, one.cpuS)}\n`,
    )
  }
} finally {
  server.kill()
  await rm(folder, { recursive: true, force: true })
}
