import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { startBatchServer, type BatchScript, type CallScript } from '../support/batch-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { countAnswers, listBatches, runByBatch, serveBatches } from './batch-project.ts'
import { createFolder, createProject } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const prompts = seedPrompts(3)
const batch = { requestsPerFile: 3, lookAhead: 'panel', maxTries: 3 }

const isOdd = (_: string, line: number): boolean => line % 2 === 1

/** Fates that lose no line on its way. */
const fates: readonly BatchScript[] = [
  {},
  { steps: [] },
  { end: 'expired', isAnswered: isOdd },
  { end: 'cancelled', isAnswered: isOdd },
  { end: 'failed' },
  { end: 'failed', errors: [{ code: 'token_limit_exceeded', message: 'full' }] },
  { end: 'failed', errors: [{ code: 'invalid_json_line', message: 'oh', line: 1 }] },
  { reply: (_, line) => (line === 0 ? { status: 500, body: {} } : null) },
  { reply: (_, line) => (line === 1 ? { status: 429, body: {} } : null) },
  { mangle: (lines) => lines.toReversed().flatMap((line) => [line, line]) },
]

const hitches: readonly CallScript[] = [
  null,
  null,
  null,
  { before: { status: 503 } },
  { before: { status: 429 } },
  { before: 'reset' },
  { after: 'reset' },
  { after: { status: 500 } },
  { cut: 0.5, ending: 'reset' },
  { cut: 0.7, ending: 'end' },
]

test('whatever the mix of trouble, every answer is stored once and nothing is submitted twice or paid twice', async () => {
  const folder = await createFolder()
  let n = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(fates.length - 1), { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(hitches.length - 1), { minLength: 1, maxLength: 30 }),
      async (fate, hitch) => {
        let calls = 0
        const server = await startBatchServer({
          reply: createPlayModel({ misfits: { malformed: 8, refused: 5 } }),
          script: (nth) => fates[fate[nth] ?? 0] ?? {},
          onCall: () => hitches[hitch[calls++] ?? 0] ?? null,
        })
        try {
          const own = `${folder}/${n++}`
          const project = await createProject({ baseUrl: server.baseUrl, prompts, config: { batch }, folder: own })
          let status = 'incomplete'
          // A run may end for trouble that lasts or for want of tries; another one goes on.
          for (let runs = 0; runs < 10 && status === 'incomplete'; runs += 1) {
            ;({ status } = (await runByBatch(project)).result)
          }
          expect(status).toBe('published')
          expect([server.submittedTwice, server.paidTwice]).toEqual([[], []])
          const answered = new Set(server.batches.flatMap((one) => [...one.answered]))
          expect(await countAnswers(project)).toEqual({ answers: answered.size, surplus: 0 })
          expect((await listBatches(project)).every(({ state }) => state === 'settled')).toBe(true)
        } finally {
          await server.close()
        }
      },
    ),
    { numRuns: Number(process.env['BATCH_RUNS'] ?? 8) },
  )
}, 300_000)

test('two builds at once on one store share their batches', async () => {
  const server = await serveBatches({ reply: createPlayModel() })
  const project = await createProject({ baseUrl: server.baseUrl, prompts, config: { batch } })
  // They share an event loop, which one may hold for longer than a short lease.
  const run = () => runByBatch(project, { submitGraceMs: 5_000 })
  const ends = await Promise.all([run(), run(), run()])
  for (const { result, trouble } of ends) {
    expect(trouble).toBeNull()
    expect(['published', 'unchanged']).toContain(result.status)
  }
  expect([server.submittedTwice, server.paidTwice]).toEqual([[], []])
  expect((await countAnswers(project)).surplus).toBe(0)
})

test('a run that stood still in mid-submit, and whose batch another run took for lost, does not create it', async () => {
  let isHeld = true
  const { promise: uploaded, resolve: note } = Promise.withResolvers<void>()
  const server = await serveBatches({
    reply: createPlayModel(),
    onCall: ({ kind }) => {
      if (kind !== 'upload' || !isHeld) return null
      isHeld = false
      note()
      return { before: { status: 503, headers: { 'retry-after-ms': '1500' } } }
    },
  })
  const project = await createProject({ baseUrl: server.baseUrl, prompts, config: { batch } })
  // Renewing too late is what standing still comes to.
  const slow = runByBatch(project, { submitGraceMs: 1_000_000, now: () => Date.now() - 2_000_000 })
  await uploaded
  const quick = await runByBatch(project)
  const { result, trouble } = await slow
  expect([quick.trouble, trouble]).toEqual([null, null])
  for (const { status } of [quick.result, result]) expect(['published', 'unchanged']).toContain(status)
  expect([server.submittedTwice, server.paidTwice]).toEqual([[], []])
})
