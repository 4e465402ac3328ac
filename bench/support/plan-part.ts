/* One pass of bench/plan.ts, measured in its own process; prints a JSON line. */
import { join } from 'node:path'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { readManifest } from '../../pipeline/build/read-manifest.ts'
import { resolveBuild } from '../../pipeline/build/resolve-build.ts'
import { runBuild } from '../../pipeline/build/run-build.ts'
import { loadConfig } from '../../pipeline/config/load-config.ts'
import { findStandingDecisions } from '../../pipeline/decisions/standing-decisions.ts'
import { planBuild } from '../../pipeline/plan/plan-build.ts'
import { createInstantExecutor } from './instant-model.ts'

const [folder = '', part] = process.argv.slice(2)
const never = new AbortController().signal
const shared = {
  decisions: findStandingDecisions([]),
  priceOf: () => null,
  timestamp: () => new Date().toISOString(),
} as const

const startMs = performance.now()
const startCpu = process.cpuUsage()
const { config } = await loadConfig(join(folder, 'config.yaml'))
const resolved = await resolveBuild(config, folder)
const store = openSqliteStore(join(folder, 'answers.db'))
const lines = part === 'plan' ? await plan() : await build()
await store.close()
const { user, system } = process.cpuUsage(startCpu)
const measured = {
  wallS: (performance.now() - startMs) / 1000,
  cpuS: (user + system) / 1e6,
  peakRssMb: (process.resourceUsage().maxRSS * 1024) / 1e6,
  lines,
}
process.stdout.write(`${JSON.stringify(measured)}\n`)
process.exit(0)

async function build(): Promise<readonly string[]> {
  const result = await runBuild(resolved, {
    ...shared,
    store,
    executor: createInstantExecutor(),
    calibrations: [],
    drain: never,
    now: () => performance.now(),
    onProgress: () => undefined,
    keepStages: false,
    recompute: part === 'recompute',
    regrade: null,
  })
  if (result.status !== 'published' && result.status !== 'unchanged') throw new Error(`the build was ${result.status}`)
  return []
}

async function plan(): Promise<readonly string[]> {
  const latest = join(folder, 'builds/plan/latest')
  const against = { folder: latest, manifest: await readManifest(latest) }
  const { strategies } = await planBuild(resolved, { ...shared, store, against, signal: never })
  return strategies.map(({ strategy, requests }) => `${strategy}: ${requests.min} to ${requests.max} requests`)
}
