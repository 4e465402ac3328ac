import type { BatchStore } from '../answers/batch-store.ts'
import type { Executor } from './executor.ts'

/** Keeps a request back that a batch under way may still answer: sent live as well, it would be paid for twice. */
export function holdBatched(executor: Executor, batches: Pick<BatchStore, 'lookUp'>): Executor {
  return {
    execute: async (request, purpose) => {
      const { heldBy } = await batches.lookUp(purpose.digest)
      if (heldBy === null) return await executor.execute(request, purpose)
      return { status: 'unavailable', reason: 'batched', detail: 'a batch under way holds it' }
    },
  }
}
