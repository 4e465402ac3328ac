/*
 * How long a plan takes on a warm store, beside a warm build of the same rows in the same run:
 *
 *   npm run bench:plan -- [--prompts 100000]
 *
 * The store is filled by the play model without a server (4 requests a prompt). Then: a warm build that goes through
 * every row, a plan with nothing changed, and a plan after the edit of one clause of one category (a quarter of the
 * prompts). Each is a process of its own, as a user starts them.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { ratio } from './support/measure-part.ts'
import { runPart } from './support/run-part.ts'

const { values } = parseArgs({ options: { prompts: { type: 'string', default: '100000' } } })
const prompts = Number(values.prompts)
const folder = await mkdtemp(join(tmpdir(), 'plan-'))

const measurementSchema = z.object({
  wallS: z.number(),
  cpuS: z.number(),
  peakRssMb: z.number(),
  lines: z.array(z.string()),
})
type Measurement = z.infer<typeof measurementSchema>

try {
  process.stdout.write(
    `node ${process.versions.node}, ${cpus().length} cores, ${prompts} prompts, ${prompts * 4} requests\n`,
  )
  await cp(join(import.meta.dirname, '../specs'), join(folder, 'specs'), { recursive: true })
  await writeInputs()
  const filled = await measure('fill the store, first build', 'build')
  const warm = await measure('warm build, every row', 'recompute')
  const unchanged = await measure('plan, nothing changed', 'plan')
  const spec = join(folder, 'specs/safe-completion/cyber.md')
  await writeFile(spec, (await readFile(spec, 'utf8')).replace('- **CYB-9** ', '- **CYB-9** Mind the edit. '))
  const edited = await measure('plan, one clause edited', 'plan')
  const compare = (one: Measurement, other: Measurement): string =>
    `wall ${ratio(one.wallS, other.wallS)}   CPU ${ratio(one.cpuS, other.cpuS)}   peak memory ${ratio(one.peakRssMb, other.peakRssMb)}`
  process.stdout.write(
    [
      `nothing changed / warm build      ${compare(unchanged, warm)}`,
      `one clause edited / warm build    ${compare(edited, warm)}`,
      `first build / plan                ${compare(filled, unchanged)}`,
      '',
    ].join('\n'),
  )
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measure(name: string, part: 'build' | 'recompute' | 'plan'): Promise<Measurement> {
  const measured = measurementSchema.parse(await runPart('plan-part.ts', [folder, part]))
  const { wallS, cpuS, peakRssMb, lines } = measured
  process.stdout.write(
    `${name.padEnd(30)} ${wallS.toFixed(1)} s wall, ${cpuS.toFixed(1)} s CPU, ${Math.round(peakRssMb)} MB\n`,
  )
  for (const line of lines) process.stdout.write(`  ${line}\n`)
  return measured
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
