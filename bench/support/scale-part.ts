/* One build of bench/scale.ts, measured in its own process; prints a JSON line. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { resolveBuild } from '../../pipeline/build/resolve-build.ts'
import { runBuild } from '../../pipeline/build/run-build.ts'
import { loadConfig } from '../../pipeline/config/load-config.ts'
import { findStandingDecisions } from '../../pipeline/decisions/standing-decisions.ts'
import { createInstantExecutor } from './instant-model.ts'

const [folder = ''] = process.argv.slice(2)
const storePath = join(folder, 'answers.db')
const rssMb: number[] = []

const startMs = performance.now()
const startCpu = process.cpuUsage()
const { config } = await loadConfig(join(folder, 'config.yaml'))
const store = openSqliteStore(storePath)
const result = await runBuild(await resolveBuild(config, folder), {
  store,
  executor: createInstantExecutor(),
  decisions: findStandingDecisions([]),
  calibrations: [],
  drain: new AbortController().signal,
  priceOf: () => null,
  timestamp: () => new Date().toISOString(),
  now: () => performance.now(),
  onProgress({ phase, done, total }) {
    if (phase !== 'answer' || total === null || done < ((rssMb.length + 1) * total) / 10) return
    rssMb.push(process.memoryUsage.rss() / 1e6)
  },
  keepStages: false,
  recompute: false,
  regrade: null,
})
await store.close()
const { user, system } = process.cpuUsage(startCpu)
if (result.status !== 'published') throw new Error(`the build was ${result.status}`)

const reportSchema = z.object({
  run: z.object({ phases: z.object({ collectMs: z.number(), answerMs: z.number(), writeMs: z.number() }) }),
})
const report = reportSchema.parse(JSON.parse(await readFile(join(result.path, 'report.json'), 'utf8')))
const { prompts, candidates, accepted } = result.counts
const measured = {
  wallS: (performance.now() - startMs) / 1000,
  cpuS: (user + system) / 1e6,
  peakRssMb: (process.resourceUsage().maxRSS * 1024) / 1e6,
  rssMb,
  phases: report.run.phases,
  answers: result.ledger.total().run.answers,
  accepted,
  rejected: prompts - result.counts.gradedPrompts + candidates - accepted,
  storeBytes: (await stat(storePath)).size,
  outputBytes: await measureFolder(result.path),
  buildId: result.buildId,
}
process.stdout.write(`${JSON.stringify(measured)}\n`)
process.exit(0)

async function measureFolder(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size))
  return sizes.reduce((all, size) => all + size, 0)
}
