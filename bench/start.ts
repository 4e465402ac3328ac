/*
 * What a command takes to start: `npx node bench/start.ts [--runs 7] [checkout ...]`. Medians; with several checkouts (one
 * of an earlier version, with its node_modules) they are run in turns. Each has the demo built first.
 */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'

const commands = [
  '--help',
  'status data/demo.yaml',
  'config check data/demo.yaml',
  'spec check',
  'build data/demo.yaml',
  'build data/demo.yaml --offline',
]
const usageSchema = z.object({ cpuS: z.number(), peakRssMb: z.number(), modules: z.number() })
type Usage = z.infer<typeof usageSchema> & { readonly wallS: number }

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '7' } },
  allowPositionals: true,
})
const own = resolve(import.meta.dirname, '..')
const checkouts = positionals.length === 0 ? [own] : positionals.map((path) => resolve(path))

process.stdout.write(`node ${process.versions.node}, medians of ${values.runs}\n`)
for (const checkout of checkouts) start(checkout, 'build data/demo.yaml --offline')
for (const command of commands) {
  const runs = checkouts.map((checkout) => ({ checkout, usages: [] as Usage[] }))
  for (let n = 0; n < Number(values.runs); n += 1) {
    for (const { checkout, usages } of runs) usages.push(start(checkout, command))
  }
  const cells = runs.map(({ checkout, usages }) => {
    const { modules } = start(checkout, command, { COUNT_MODULES: '1' })
    const middle = (key: 'cpuS' | 'wallS' | 'peakRssMb'): number => median(usages.map((usage) => usage[key]))
    return `${middle('cpuS').toFixed(2)} s CPU, ${middle('wallS').toFixed(2)} s wall, ${middle('peakRssMb').toFixed(0)} MB, ${modules} modules`
  })
  process.stdout.write(`${command.padEnd(32)} ${cells.join(' | ')}\n`)
}

function start(checkout: string, command: string, env: Readonly<Record<string, string>> = {}): Usage {
  const tell = import.meta.resolve('./support/tell-usage.ts')
  const args = [
    '--disable-warning=ExperimentalWarning',
    `--import=${tell}`,
    'pipeline/cli/main.ts',
    ...command.split(' '),
  ]
  const startMs = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: checkout,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  const wallS = (performance.now() - startMs) / 1000
  if (status !== 0) throw new Error(`${command}: expected code 0, got ${status}: ${stderr}`)
  return { ...usageSchema.parse(JSON.parse(stderr.trim().split('\n').at(-1) ?? '')), wallS }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
