import { expect, test } from 'vitest'
import type { BatchRequest, BatchStore, PlannedBatch } from '../../pipeline/answers/batch-store.ts'
import { openSqliteBatches } from '../../pipeline/answers/sqlite-batches.ts'
import { openSqliteHousekeeping } from '../../pipeline/answers/sqlite-housekeeping.ts'
import { openSqliteStore } from '../../pipeline/answers/sqlite-store.ts'
import { withTemporaryFolder } from '../shards/temporary-folder.ts'
import { makeEntries, makeEntry } from './stored-answers.ts'
import { pathOf } from './store-contract.ts'

const later = '2030-01-01T00:00:00.000Z'

const describePlan = (id: string): PlannedBatch => ({
  id,
  build: 'test',
  wave: 1,
  endpoint: 'http://test.invalid/v1',
  model: 'm',
  bytes: 10,
  tokens: 3,
  createdAt: '2026-01-01T00:00:00.000Z',
})

const requests = makeEntries(3).map(({ digest, request }): BatchRequest => ({
  digest,
  request,
  askedAs: 'json_schema',
  step: 'generate',
  category: null,
}))
const digests = requests.map(({ digest }) => digest)
const settlement = {
  remoteStatus: 'completed',
  settledAt: later,
  fetchedBy: 'run',
  failures: [],
  inForm: 0,
  inWords: 0,
  detail: '',
}

const withBatches = (use: (batches: BatchStore, path: string) => Promise<void>): Promise<void> =>
  withTemporaryFolder(async (folder) => {
    const batches = openSqliteBatches(pathOf(folder))
    try {
      await use(batches, pathOf(folder))
    } finally {
      await batches.close()
    }
  })

test('a batch comes back as it was written down, with its requests, also when the store is opened again', () =>
  withBatches(async (batches, path) => {
    expect(new Set(await batches.plan(describePlan('a'), requests))).toEqual(new Set(digests))
    const again = openSqliteBatches(path)
    expect(await again.list()).toMatchObject([{ ...describePlan('a'), state: 'planned', requests: 3, attempt: 1 }])
    const found = await Array.fromAsync(again.requests('a'))
    expect(found).toEqual(requests.toSorted((x, y) => (x.digest < y.digest ? -1 : 1)))
    expect(await again.digests('a')).toEqual(found.map(({ digest }) => digest))
    await again.close()
  }))

test('a request is in one batch at a time, whichever process asks, until the batch is settled or dropped', () =>
  withBatches(async (batches, path) => {
    const other = openSqliteBatches(path)
    await batches.plan(describePlan('a'), requests.slice(0, 2))
    expect(await other.plan(describePlan('b'), requests)).toEqual([digests[2]])
    expect(await other.plan(describePlan('c'), requests)).toEqual([])
    expect((await other.list()).map(({ id, requests }) => [id, requests])).toEqual([
      ['a', 2],
      ['b', 1],
    ])
    await batches.drop('a', 'planned')
    expect((await other.plan(describePlan('d'), requests)).length).toBe(2)
    await other.close()
  }))

test('a request that was answered in the meantime is in no batch', () =>
  withBatches(async (batches, path) => {
    const store = openSqliteStore(path)
    const [entry] = makeEntries(3)
    if (entry !== undefined) await store.put(entry)
    await store.close()
    expect(new Set(await batches.plan(describePlan('a'), requests))).toEqual(new Set(digests.slice(1)))
  }))

test('of two processes one submits, and what the other drops is not submitted', () =>
  withBatches(async (batches) => {
    await batches.plan(describePlan('a'), requests)
    expect(await batches.startSubmit('a', later)).toBe(true)
    expect(await batches.startSubmit('a', later)).toBe(false)
    expect(await batches.drop('a', 'planned')).toBe(false)
    expect(await batches.drop('a', 'submitting')).toBe(true)
    expect(await batches.startSubmit('a', later)).toBe(false)
    expect((await batches.lookUp(digests[0] ?? '')).heldBy).toBeNull()
  }))

test('a batch without room is planned again as another attempt, with its file', () =>
  withBatches(async (batches) => {
    await batches.plan(describePlan('a'), requests)
    await batches.startSubmit('a', later)
    await batches.noteFile('a', 'file-1')
    await batches.noteSubmitted('a', 'batch-1', later)
    await batches.replan('a')
    expect(await batches.list(['planned'])).toMatchObject([
      { id: 'a', attempt: 2, fileId: 'file-1', remoteId: null, requests: 3 },
    ])
  }))

test('tries are counted until a run gives a request up; what was not sent is no try', () =>
  withBatches(async (batches) => {
    const [failed = '', refused = '', unsent = ''] = digests
    for (const id of ['a', 'b']) {
      await batches.plan(describePlan(id), requests)
      await batches.settle(id, {
        ...settlement,
        failures: [
          { digest: failed, outcome: 'failed', detail: `no answer in ${id}` },
          { digest: refused, outcome: 'format_refused', detail: '' },
          { digest: unsent, outcome: 'unsent', detail: '' },
        ],
      })
    }
    expect(await batches.lookUp(failed)).toEqual({
      heldBy: null,
      tries: 2,
      detail: 'no answer in b',
      isFormatRefused: false,
    })
    expect(await batches.lookUp(refused)).toMatchObject({ tries: 0, isFormatRefused: true })
    expect(await batches.lookUp(unsent)).toMatchObject({ tries: 0, isFormatRefused: false })
    await batches.giveUp([failed])
    expect(await batches.lookUp(failed)).toMatchObject({ tries: 0 })
  }))

test('what a run fetched is told once a digest, and not of another run', () =>
  withBatches(async (batches) => {
    await batches.plan(describePlan('a'), requests)
    await batches.settle('a', {
      ...settlement,
      failures: [{ digest: digests[2] ?? '', outcome: 'failed', detail: '' }],
    })
    const tell = batches.tellFetched('run')
    expect([tell(digests[0] ?? ''), tell(digests[0] ?? ''), tell(digests[2] ?? '')]).toEqual([true, false, false])
    expect(batches.tellFetched('run')(digests[0] ?? '')).toBe(true)
    expect(batches.tellFetched('other')(digests[1] ?? '')).toBe(false)
    expect(await batches.list()).toMatchObject([{ state: 'settled', answered: 2 }])
  }))

test('housekeeping keeps the texts of requests in batches under way', () =>
  withTemporaryFolder(async (folder) => {
    const path = pathOf(folder)
    const entry = makeEntry({ messages: [{ role: 'system', content: 'quoted by a batch alone' }] })
    const store = openSqliteStore(path)
    await store.put(makeEntry())
    await store.close()
    const batches = openSqliteBatches(path)
    const request = {
      digest: entry.digest,
      request: entry.request,
      askedAs: 'prompt',
      step: 'generate',
      category: null,
    } as const
    await batches.plan(describePlan('a'), [request])
    await batches.close()
    const keeper = openSqliteHousekeeping(path, 'alone')
    await keeper.noteUse((async function* () {})())
    await keeper.dropUnused()
    await keeper.close()
    const again = openSqliteBatches(path)
    expect(await Array.fromAsync(again.requests('a'))).toEqual([request])
    await again.close()
  }))
