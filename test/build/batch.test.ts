import { expect, test } from 'vitest'
import { createPlayModel } from '../support/play-model.ts'
import { countAnswers, listBatches, runByBatch, serveBatches } from './batch-project.ts'
import { createProject, digestShards, runProject } from './build-project.ts'

const mixed = createPlayModel({ misfits: { malformed: 8, refused: 5, filtered: 5, truncated: 5 }, brokenJudges: 4 })

test('live and batch executors make the same shards, byte by byte, from the same number of answers', async () => {
  const server = await serveBatches({ reply: mixed })
  const live = await createProject({ baseUrl: server.baseUrl })
  const { result: expected } = await runProject(live)
  const config = { batch: { requestsPerFile: 7, lookAhead: 'none' } }
  const batch = await createProject({ baseUrl: server.baseUrl, config })
  const { result, trouble } = await runByBatch(batch)
  if (expected.status !== 'published' || result.status !== 'published')
    throw new Error(`got ${result.status} ${trouble}`)
  expect(result.buildId).toBe(expected.buildId)
  expect(await digestShards(result.path)).toEqual(await digestShards(expected.path))
  expect(await countAnswers(batch)).toEqual({ answers: server.requests.count, surplus: 0 })
  expect([server.submittedTwice, server.paidTwice]).toEqual([[], []])
  const batches = await listBatches(batch)
  expect(batches.every(({ state, requests, answered }) => state === 'settled' && requests === answered)).toBe(true)
  expect(Math.max(...batches.map(({ requests }) => requests))).toBe(7)
})
