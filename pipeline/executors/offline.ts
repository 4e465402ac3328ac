import type { Executor } from './executor.ts'

/** Sends nothing: a miss stays a miss. Serves `build --offline`, the demo and the tests. */
export const offlineExecutor: Executor = {
  execute: async ({ model, endpoint }) => ({
    status: 'unavailable',
    reason: 'offline_miss',
    detail: `no stored answer of ${model} at ${endpoint}`,
  }),
}
