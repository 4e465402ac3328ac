import { nameIntent } from '../../answers/batch-store.ts'
import { retryBatchCall } from '../../models/retry-batch-call.ts'
import { describeBatch, keyOfLane, toIso, type BatchDeskOptions, type BatchLane } from './batch-lane.ts'
import { explainFailure, findIntent } from './submit-batch.ts'

/** Drops what a run wrote down and did not send: a pass asks for what is still wanted. */
export async function dropPlanned({ batches }: BatchDeskOptions): Promise<void> {
  for (const { id } of await batches.list(['planned'])) await batches.drop(id, 'planned')
}

/**
 * Looks once for the batches of a lane whose submit was cut off: they are known by their metadata. One that does not show
 * although its lease is over does not exist and is dropped. One whose lease is renewed is in the hands of another process.
 * Returns whether any was found or dropped.
 * @throws BatchTrouble when the provider cannot be asked; then such batches keep holding their requests.
 */
export async function adoptBatches(lane: BatchLane, options: BatchDeskOptions): Promise<boolean> {
  const { batches, retries, now, note } = options
  const open = (await batches.list(['submitting'])).filter((batch) => keyOfLane(batch) === keyOfLane(lane))
  if (open.length === 0) return false
  // Before the provider is asked: what shows after its time was up may have come in between.
  const expired = new Set(open.filter(({ leaseUntil }) => (leaseUntil ?? '') < toIso(now())).map(({ id }) => id))
  const listed = await retryBatchCall(() => lane.api.list(retries.stop), retries)
  if (listed.status !== 'done') throw explainFailure(listed, lane)
  let isChanged = false
  for (const batch of open) {
    const found = findIntent(listed.value, nameIntent(batch))
    if (found === null) {
      if (expired.has(batch.id)) isChanged = (await batches.drop(batch.id, 'submitting')) || isChanged
      continue
    }
    isChanged = true
    await batches.noteSubmitted(batch.id, found.id, toIso(now()))
    note(`${describeBatch({ ...batch, remoteId: found.id })} of wave ${batch.wave}: found at the provider`)
    for (const other of listed.value) {
      if (other.intent === found.intent && other.id !== found.id) await lane.api.cancel(other.id, retries.stop)
    }
  }
  return isChanged
}
