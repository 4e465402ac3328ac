/*
 * Whole builds of growing size on one machine, each in a process of its own, without a server:
 *
 *   npx node bench/scale.ts [prompts...]      default: 100000 1000000
 *
 * Every prompt gets 2 candidates and every candidate the judges of safety and helpfulness, from the play model inside the
 * process, whose share of the time and of the memory is in the figures. Screening is on, near duplicates included: one
 * prompt in a hundred is a copy of another. Ratios compare each size with the one before it. Files go to the folder for
 * temporary files (`TMPDIR`), about 14 GB for a million prompts.
 */
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { runPart } from './support/run-part.ts'
import { writePrompts } from './support/varied-prompts.ts'

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100_000, 1_000_000]

const measurementSchema = z.object({
  wallS: z.number(),
  cpuS: z.number(),
  peakRssMb: z.number(),
  /** Resident memory after each tenth of the prompts. */
  rssMb: z.array(z.number()),
  phases: z.object({ collectMs: z.number(), answerMs: z.number(), writeMs: z.number() }),
  answers: z.number(),
  accepted: z.number(),
  rejected: z.number(),
  storeBytes: z.number(),
  outputBytes: z.number(),
  buildId: z.string(),
})
type Measurement = z.infer<typeof measurementSchema>

process.stdout.write(`node ${process.versions.node}, ${cpus().length} cores\n`)
let before: { prompts: number; measured: Measurement } | null = null
for (const prompts of sizes) {
  const measured = await measure(prompts)
  if (before !== null) {
    const ratio = (pick: (one: Measurement) => number): string =>
      (pick(measured) / pick((before ?? { measured }).measured)).toFixed(2)
    process.stdout.write(
      `  ${(prompts / before.prompts).toFixed(1)} x the prompts: wall ${ratio((one) => one.wallS)}   CPU ${ratio((one) => one.cpuS)}   peak memory ${ratio((one) => one.peakRssMb)}\n`,
    )
  }
  before = { prompts, measured }
}

async function measure(prompts: number): Promise<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'scale-'))
  try {
    await writeInputs(folder, prompts)
    const measured = measurementSchema.parse(await runPart('scale-part.ts', [folder]))
    print(prompts, measured)
    return measured
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function print(prompts: number, measured: Measurement): void {
  const { wallS, cpuS, peakRssMb, rssMb, phases, answers, accepted, rejected, storeBytes, outputBytes } = measured
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
  process.stdout.write(
    [
      '',
      `${prompts} prompts, ${answers} answers: ${accepted} rows accepted, ${rejected} rejected, build ${measured.buildId}`,
      `  wall ${wallS.toFixed(1)} s, ${Math.round(prompts / wallS)} prompts a second; CPU ${cpuS.toFixed(1)} s, ${((cpuS / prompts) * 1000).toFixed(2)} ms a prompt`,
      `  collect ${seconds(phases.collectMs)}, answer ${seconds(phases.answerMs)}, write ${seconds(phases.writeMs)}`,
      `  peak memory ${Math.round(peakRssMb)} MB; after each tenth of the prompts ${rssMb.map(Math.round).join(' ')} MB`,
      `  store ${(storeBytes / 1e6).toFixed(0)} MB, ${Math.round(storeBytes / answers)} bytes an answer; output ${(outputBytes / 1e6).toFixed(0)} MB, ${Math.round(outputBytes / prompts)} bytes a prompt`,
      '',
    ].join('\n'),
  )
}

async function writeInputs(folder: string, prompts: number): Promise<void> {
  await pipeline(Readable.from(writePrompts(prompts)), createWriteStream(join(folder, 'prompts.jsonl')))
  const fields = { prompt: 'prompt', category: 'category', intent: 'intent' }
  const config = {
    name: 'scale',
    sources: [{ name: 'synthetic', path: 'prompts.jsonl', fields }],
    models: { play: { baseUrl: 'http://play.invalid/v1', model: 'play', apiKeyEnv: null, concurrency: 64 } },
    generate: { model: 'play', candidates: 2 },
    grade: { panel: ['safety', 'helpfulness'].map((judge) => ({ judge, model: 'play' })) },
    select: { minHelpfulness: 0, minReasoning: 0, minSafety: 1, requireModeAgreement: false },
    emit: { writer: 'hyparquet-writer' },
    store: 'answers.db',
  }
  await writeFile(join(folder, 'config.yaml'), JSON.stringify(config))
}
