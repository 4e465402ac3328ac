// Rows a second and memory of the screen stage over 100,000 synthetic prompts, without and with the near-duplicate
// search, in one run: the ratio means more than the rates. `npx node --expose-gc bench/screen.ts [prompts]`
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSpoolMemory } from '../pipeline/build/collect-prompts.ts'
import { openSpool } from '../pipeline/spool/spool.ts'
import type { Prompt } from '../pipeline/records/prompt.ts'
import { computePromptId } from '../pipeline/stages/collect/prompt-id.ts'
import { screen } from '../pipeline/stages/screen/screen.ts'
import { screenOptionsSchema } from '../pipeline/stages/screen/screen-options.ts'

const promptCount = Number(process.argv[2] ?? 100_000)
const evaluationCount = 1_000
const vocabulary = 20_000

/** mulberry32: the same prompts in every run. */
const createRandom = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296
  }
}

// The square makes some words common, as in real text.
const writeText = (random: () => number, words: number): string =>
  Array.from({ length: words }, () => `w${Math.floor(random() ** 2 * vocabulary).toString(36)}`).join(' ')

function* writePrompts(count: number, source: string, seed: number): Generator<Prompt> {
  const random = createRandom(seed)
  let last = writeText(random, 60)
  for (let index = 0; index < count; index += 1) {
    // Every tenth prompt is the one before it with its last word changed; every hundredth is an exact copy.
    const isCopy = index % 100 === 99
    const content = isCopy
      ? last
      : index % 10 === 9
        ? last.replace(/\S+$/, 'changed')
        : writeText(random, 20 + random() * 100)
    last = content
    const messages = [{ role: 'user', content }] as const
    const id = computePromptId(messages)
    const rest = { category: null, intent: null, language: 'en' }
    yield { id, messages: [...messages], family: id, source, location: `${source}.jsonl:${index + 1}`, ...rest }
  }
}

const measure = async (nearDuplicateThreshold: number | null, evaluations = evaluationCount): Promise<number> => {
  globalThis.gc?.()
  const before = process.memoryUsage()
  const codes: Record<string, number> = {}
  const start = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'bench-screen-'))
  const spool = openSpool(join(folder, 'spool.db'))
  const kept = screen.run(writePrompts(promptCount, 'bench', 1), {
    options: screenOptionsSchema.parse({ nearDuplicateThreshold }),
    evaluations: writePrompts(evaluations, 'evaluation', 2),
    memory: createSpoolMemory(spool),
    reject: ({ code }) => {
      codes[code] = (codes[code] ?? 0) + 1
    },
  })
  let count = 0
  let peak = 0
  for await (const _ of kept) {
    count += 1
    if (count % 10_000 === 0) {
      globalThis.gc?.()
      const now = process.memoryUsage()
      peak = Math.max(peak, now.heapUsed + now.arrayBuffers - before.heapUsed - before.arrayBuffers)
    }
  }
  const seconds = (performance.now() - start) / 1000
  spool.close()
  await rm(folder, { recursive: true })
  console.log(
    `near duplicates ${nearDuplicateThreshold === null ? 'off' : `at ${nearDuplicateThreshold}`}, ${evaluations} evaluations: ` +
      `${Math.round(promptCount / seconds)} rows/s, kept ${count}, dropped ${JSON.stringify(codes)}, ` +
      `${(peak / 1e6).toFixed(0)} MB held (${Math.round(peak / count)} bytes a kept prompt)`,
  )
  return seconds
}

await measure(null) // warms the compiler up
await measure(null, 0)
await measure(0.8, 0)
const off = await measure(null)
const on = await measure(0.8)
console.log(`with near duplicates: ${(on / off).toFixed(2)} times as long`)
