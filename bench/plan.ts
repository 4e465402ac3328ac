/*
 * How long a plan takes on a warm store, beside a warm build of the same rows in the same run:
 *
 *   npm run bench:plan -- [--prompts 100000]
 *
 * The store is filled by the play model without a server (4 requests a prompt). Then: a warm build that goes through
 * every row, a plan with nothing changed, and a plan after the edit of one clause of one category (a quarter of the
 * prompts).
 */
import { findStandingDecisions } from '../pipeline/decisions/standing-decisions.ts'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openSqliteStore } from '../pipeline/answers/sqlite-store.ts'
import { readManifest } from '../pipeline/build/read-manifest.ts'
import { resolveBuild, type ResolvedBuild } from '../pipeline/build/resolve-build.ts'
import { runBuild } from '../pipeline/build/run-build.ts'
import { loadConfig } from '../pipeline/config/load-config.ts'
import { planBuild } from '../pipeline/plan/plan-build.ts'
import { createInstantExecutor } from './support/instant-model.ts'

const { values } = parseArgs({ options: { prompts: { type: 'string', default: '100000' } } })
const prompts = Number(values.prompts)
const folder = await mkdtemp(join(tmpdir(), 'plan-'))
const never = new AbortController().signal

try {
  await cp(join(import.meta.dirname, '../specs'), join(folder, 'specs'), { recursive: true })
  await writeInputs()
  const store = openSqliteStore(join(folder, 'answers.db'))
  const build = async (recompute: boolean): Promise<void> => {
    const result = await runBuild(await resolve(), {
      store,
      executor: createInstantExecutor(),
      decisions: findStandingDecisions([]),
      calibrations: [],
      drain: never,
      priceOf: () => null,
      timestamp: () => new Date().toISOString(),
      now: () => performance.now(),
      onProgress: () => undefined,
      keepStages: false,
      recompute,
      regrade: null,
    })
    if (result.status !== 'published' && result.status !== 'unchanged')
      throw new Error(`the build was ${result.status}`)
  }
  const filledS = await time('fill the store, first build', () => build(false))
  const warmS = await time('warm build, every row', () => build(true))
  const unchangedS = await time('plan, nothing changed', plan)
  const spec = join(folder, 'specs/safe-completion/cyber.md')
  await writeFile(spec, (await readFile(spec, 'utf8')).replace('- **CYB-9** ', '- **CYB-9** Mind the edit. '))
  const editedS = await time('plan, one clause edited', plan)
  await store.close()
  process.stdout.write(
    [
      '',
      `node ${process.versions.node}, ${cpus().length} cores, ${prompts} prompts, ${prompts * 4} requests`,
      `plan / warm build         nothing changed ${(unchangedS / warmS).toFixed(2)}   one clause edited ${(editedS / warmS).toFixed(2)}`,
      `first build / plan        ${(filledS / unchangedS).toFixed(2)}`,
      `peak RSS                  ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
      '',
    ].join('\n'),
  )

  async function plan(): Promise<void> {
    const latest = join(folder, 'builds/plan/latest')
    const { strategies } = await planBuild(await resolve(), {
      store,
      decisions: findStandingDecisions([]),
      priceOf: () => null,
      against: { folder: latest, manifest: await readManifest(latest) },
      timestamp: () => new Date().toISOString(),
      signal: never,
    })
    for (const { strategy, requests } of strategies) {
      process.stdout.write(`  ${strategy}: ${requests.min} to ${requests.max} requests\n`)
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function resolve(): Promise<ResolvedBuild> {
  const { config } = await loadConfig(join(folder, 'config.yaml'))
  return await resolveBuild(config, folder)
}

async function time(name: string, work: () => Promise<void>): Promise<number> {
  const startMs = performance.now()
  await work()
  const seconds = (performance.now() - startMs) / 1000
  process.stdout.write(`${name.padEnd(30)} ${seconds.toFixed(1)} s\n`)
  return seconds
}

async function writeInputs(): Promise<void> {
  const rows = Array.from({ length: prompts }, (_, n) =>
    JSON.stringify({
      prompt: `Question ${n}: how would somebody look after a kiln of type ${n * 7919} in workshop ${n % 97}?`,
      category: ['cyber', 'weapons', 'fraud', 'general'][n % 4],
      intent: ['benign', 'dual_use', 'malicious'][n % 3],
    }),
  )
  await writeFile(join(folder, 'prompts.jsonl'), rows.join('\n'))
  const fields = { prompt: 'prompt', category: 'category', intent: 'intent' }
  const config = {
    name: 'plan',
    specsFolder: 'specs',
    sources: [{ name: 'synthetic', path: 'prompts.jsonl', fields }],
    screen: { nearDuplicateThreshold: null },
    models: { play: { baseUrl: 'http://play.invalid/v1', model: 'play', apiKeyEnv: null, concurrency: 256 } },
    generate: { model: 'play', candidates: 1 },
    grade: { panel: ['safety', 'response-mode', 'helpfulness'].map((judge) => ({ judge, model: 'play' })) },
    select: { minHelpfulness: 0, minReasoning: 0, minSafety: 0, requireModeAgreement: false },
    emit: { writer: 'hyparquet-writer' },
    store: 'answers.db',
  }
  await writeFile(join(folder, 'config.yaml'), JSON.stringify(config))
}
