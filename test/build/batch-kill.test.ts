import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startCli } from '../cli/run-cli.ts'
import type { BatchServer, BatchServerOptions, CallScript } from '../support/batch-server.ts'
import { createPlayModel } from '../support/play-model.ts'
import { countAnswers, listBatches, runByBatch, serveBatches } from './batch-project.ts'
import { createProject, type BuildProject } from './build-project.ts'
import { seedPrompts } from './seed-prompts.ts'

const prompts = seedPrompts(4)
const batch = { requestsPerFile: 5, lookAhead: 'panel', pollSeconds: 0.005, submitGraceSeconds: 0.3 }

type Kind = keyof BatchServer['calls']

/** Kills a run in the call of a kind, once it is at the server, and builds to the end. */
async function killIn(
  kind: Kind,
  script: CallScript,
  nth: number,
): Promise<{ server: BatchServer; project: BuildProject }> {
  let isArmed = true
  const onCall: BatchServerOptions['onCall'] = (call) =>
    isArmed && call.kind === kind && call.n === nth ? script : null
  const server = await serveBatches({ reply: createPlayModel({ misfits: { malformed: 8 } }), onCall })
  const project = await createProject({ baseUrl: server.baseUrl, prompts, config: { batch } })
  const { child, done } = startCli(['build', project.config, '--executor', 'batch'])
  await server.reach(kind, nth + 1)
  // What the server did before its reply was held back, and what the client had of it, is on its way.
  await sleep(60)
  child.kill('SIGKILL')
  expect((await done).signal).toBe('SIGKILL')
  isArmed = false
  return { server, project }
}

async function expectNothingLost({ server, project }: { server: BatchServer; project: BuildProject }): Promise<void> {
  const { result, trouble } = await runByBatch(project)
  // A run that was killed may have been killed after it was done.
  expect(['published', 'unchanged']).toContain(result.status)
  expect(trouble).toBeNull()
  expect([server.submittedTwice, server.paidTwice]).toEqual([[], []])
  const { answers, surplus } = await countAnswers(project)
  expect(surplus).toBe(0)
  expect(answers).toBe(new Set(server.batches.flatMap(({ answered }) => [...answered])).size)
  expect((await listBatches(project)).every(({ state }) => state === 'settled')).toBe(true)
}

test.each<[string, Kind, CallScript, number]>([
  ['before the upload is done', 'upload', { before: 'hang' }, 0],
  ['after the upload, before its reply', 'upload', { after: 'hang' }, 1],
  ['before the batch is created', 'create', { before: 'hang' }, 1],
  ['after the batch is created, before its id is known', 'create', { after: 'hang' }, 1],
  ['while it is waited for', 'retrieve', { before: 'hang' }, 3],
  ['before the download', 'content', { before: 'hang' }, 0],
  ['in mid-download, with part of it stored', 'content', { cut: 0.6, ending: 'hang' }, 1],
])('a build killed %s loses no answer and submits nothing twice', async (_, kind, script, nth) => {
  await expectNothingLost(await killIn(kind, script, nth))
})

test('a batch that a killed run created is adopted, not created again', async () => {
  const killed = await killIn('create', { after: 'hang' }, 0)
  const created = killed.server.batches.length
  expect((await listBatches(killed.project)).map(({ state }) => state)).toContain('submitting')
  const { notes } = await runByBatch(killed.project)
  expect(notes.join('\n')).toContain('batch_0 (play, 5 requests) of wave 1: found at the provider')
  const [orphan] = killed.server.batches
  expect(
    killed.server.batches.slice(created).flatMap(({ lines }) => lines.map((line) => line.custom_id)),
  ).not.toContain(orphan?.lines[0]?.custom_id)
})

test('builds killed at 12 random moments lose no answer and submit nothing twice', async () => {
  const server = await serveBatches({ reply: createPlayModel({ misfits: { malformed: 8 } }) })
  const project = await createProject({ baseUrl: server.baseUrl, prompts: seedPrompts(6), config: { batch } })
  const kinds = ['upload', 'create', 'retrieve', 'content'] as const
  for (let kills = 0; kills < 12; kills += 1) {
    const kind = kinds[Math.floor(Math.random() * kinds.length)] ?? 'create'
    const { child, done } = startCli(['build', project.config, '--executor', 'batch'])
    await Promise.race([server.reach(kind, server.calls[kind] + 1 + Math.floor(Math.random() * 3)), done])
    await sleep(Math.random() * 40)
    child.kill('SIGKILL')
    if ((await done).signal === null) break
  }
  await expectNothingLost({ server, project })
}, 120_000)
