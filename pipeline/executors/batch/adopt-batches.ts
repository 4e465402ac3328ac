import { nameIntent, type StoredBatch } from '../../answers/batch-store.ts'
import { retryBatchCall, waitUnless } from '../../models/retry-batch-call.ts'
import { describeBatch, toIso, type BatchDeskOptions, type BatchLane } from './batch-lane.ts'
import { explainFailure, findIntent } from './submit-batch.ts'

/**
 * Takes up what a run left that ended in the middle of a submit. A batch of which nothing was sent is dropped: the next
 * pass asks for what is still wanted. One that may exist is looked for at the provider by its metadata; if it does not
 * show within the time that its creation may take, it does not exist.
 * @throws BatchTrouble when the provider cannot be asked; then such batches keep holding their requests.
 */
export async function adoptBatches(lanes: readonly BatchLane[], options: BatchDeskOptions): Promise<void> {
  const { batches } = options
  for (const { id } of await batches.list(['planned'])) await batches.drop(id, 'planned')
  for (const lane of lanes) await adoptOfLane(lane, options)
}

async function adoptOfLane(lane: BatchLane, options: BatchDeskOptions): Promise<void> {
  const { batches, limits, retries, now, note } = options
  const listOpen = async (): Promise<readonly StoredBatch[]> =>
    (await batches.list(['submitting'])).filter(
      ({ endpoint, model }) => endpoint === lane.endpoint && model === lane.model,
    )
  // A batch whose lease is renewed all along is in the hands of another process, which takes care of it.
  const until = now() + 2 * limits.submitGraceMs
  for (;;) {
    const open = await listOpen()
    if (open.length === 0 || retries.drain.aborted) return
    const isTooLate = now() > until
    // Before the provider is asked: what shows after its time was up may have come in between.
    const expired = new Set(open.filter(({ leaseUntil }) => (leaseUntil ?? '') < toIso(now())).map(({ id }) => id))
    const listed = await retryBatchCall(() => lane.api.list(retries.stop), retries)
    if (listed.status !== 'done') throw explainFailure(listed, lane)
    for (const batch of open) {
      const found = findIntent(listed.value, nameIntent(batch))
      if (found !== null) {
        await batches.noteSubmitted(batch.id, found.id, toIso(now()))
        note(`${describeBatch({ ...batch, remoteId: found.id })} of wave ${batch.wave}: found at the provider`)
        for (const other of listed.value) {
          if (other.intent === found.intent && other.id !== found.id) await lane.api.cancel(other.id, retries.stop)
        }
      } else if (expired.has(batch.id)) {
        await batches.drop(batch.id, 'submitting')
      }
    }
    if (isTooLate) return
    if ((await listOpen()).length > 0)
      await waitUnless(Math.min(limits.pollMs, limits.submitGraceMs / 4), retries.drain, retries.stop)
  }
}
