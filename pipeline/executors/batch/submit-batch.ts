import { nameIntent, type StoredBatch } from '../../answers/batch-store.ts'
import type { BatchFailure, RemoteBatch } from '../../models/batch-api.ts'
import { retryBatchCall, waitBeforeTry, waitUnless } from '../../models/retry-batch-call.ts'
import { createTrouble, toIso, type BatchDeskOptions, type BatchLane } from './batch-lane.ts'

/**
 * How a submit ended.
 * - `submitted`: the provider has it; - `no_room`: its queue is full, the batch is planned again;
 * - `gone`: another process has it, or dropped it; - `dropped`: nothing was created, its requests are free again;
 * - `unknown`: it may exist: the next run looks for it.
 */
export type Submission = 'submitted' | 'no_room' | 'gone' | 'dropped' | 'unknown'

/**
 * Uploads a planned batch's file and creates the batch. What is about to be done is written down first, and each id the
 * moment it is known, so that a crash leaves either no batch or one that can be found by its metadata. Of all calls only
 * `create` must not be repeated blindly: where it failed without an answer, the provider is looked through before the
 * next try.
 * @throws BatchTrouble where the provider takes no batch; then none was created.
 */
export async function submitBatch(batch: StoredBatch, lane: BatchLane, options: BatchDeskOptions): Promise<Submission> {
  const { batches, limits, now } = options
  const { id } = batch
  const lease = (): string => toIso(now() + limits.submitGraceMs)
  if (!(await batches.startSubmit(id, lease()))) return 'gone'
  // A big file takes its time: as long as this process lives, nobody else takes the batch for lost.
  const renewal = setInterval(() => void batches.renewLease(id, lease()), Math.max(1, limits.submitGraceMs / 3))
  try {
    const fileId = batch.fileId ?? (await upload(batch, lane, options))
    if (fileId === null) return 'dropped'
    return await create(batch, fileId, lane, options)
  } finally {
    clearInterval(renewal)
  }
}

async function upload(batch: StoredBatch, lane: BatchLane, options: BatchDeskOptions): Promise<string | null> {
  const { batches, retries } = options
  const name = `${nameIntent(batch)}.jsonl`
  const uploaded = await retryBatchCall(() => lane.api.upload(name, batches.requests(batch.id), retries.stop), retries)
  if (uploaded.status === 'done') {
    await batches.noteFile(batch.id, uploaded.value)
    return uploaded.value
  }
  await batches.drop(batch.id, 'submitting')
  if (retries.drain.aborted) return null
  throw explainFailure(uploaded, lane)
}

async function create(
  batch: StoredBatch,
  fileId: string,
  lane: BatchLane,
  options: BatchDeskOptions,
): Promise<Submission> {
  const { batches, limits, retries, now } = options
  const intent = nameIntent(batch)
  const noteSubmitted = async ({ id }: RemoteBatch): Promise<Submission> => {
    if (await batches.noteSubmitted(batch.id, id, toIso(now()))) return 'submitted'
    // Another process took the batch for lost while this one stood still: what it freed may be in another batch by now.
    await lane.api.cancel(id, retries.stop)
    return 'gone'
  }
  for (let attempt = 1; ; attempt += 1) {
    if (!(await batches.renewLease(batch.id, toIso(now() + limits.submitGraceMs)))) return 'gone'
    const created = await lane.api.create({ fileId, intent }, retries.stop)
    if (created.status === 'done') return await noteSubmitted(created.value)
    if (created.status === 'no_room') {
      await batches.replan(batch.id)
      return 'no_room'
    }
    const isLast = attempt >= retries.maxTries || retries.drain.aborted
    if (created.status === 'retryable' && created.isUnknown) {
      const found = await lookForBatch(intent, lane, options)
      if (found === 'unreachable') return 'unknown'
      if (found !== null) return await noteSubmitted(found)
    }
    if (created.status !== 'retryable' || isLast) {
      await batches.drop(batch.id, 'submitting')
      if (retries.drain.aborted) return 'dropped'
      throw explainFailure(created, lane)
    }
    await waitBeforeTry(attempt, created, retries)
  }
}

/**
 * Looks for a batch that a lost reply may have hidden, until the provider has had time to make it. A drain does not cut
 * this short: to leave now would be to leave a batch that nobody knows of.
 */
async function lookForBatch(
  intent: string,
  lane: BatchLane,
  { limits, retries, now }: BatchDeskOptions,
): Promise<RemoteBatch | 'unreachable' | null> {
  const until = now() + limits.submitGraceMs
  for (;;) {
    const isLast = now() >= until
    const listed = await retryBatchCall(() => lane.api.list(retries.stop), retries)
    if (listed.status !== 'done') return 'unreachable'
    const found = findIntent(listed.value, intent)
    if (found !== null || isLast) return found
    await waitUnless(Math.min(limits.pollMs, limits.submitGraceMs / 4), retries.stop, retries.stop)
  }
}

/** The provider's batch of that intent, the oldest should there be several. */
export function findIntent(listed: readonly RemoteBatch[], intent: string): RemoteBatch | null {
  const ours = listed.filter((remote) => remote.intent === intent)
  return ours.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))[0] ?? null
}

/** What a failed call of no batch in particular means for the run. */
export function explainFailure(failure: BatchFailure, lane: BatchLane): Error {
  switch (failure.status) {
    case 'fatal':
      return createTrouble('provider', failure.detail, lane, failure.remedy)
    case 'no_batches':
      return createTrouble(
        'provider',
        failure.detail,
        lane,
        'This server has no Batch API: build without --executor batch.',
      )
    default:
      return createTrouble('provider_down', failure.detail, lane)
  }
}
