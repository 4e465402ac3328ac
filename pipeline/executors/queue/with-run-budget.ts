import { digestRequest } from '../../answers/request-digest.ts'
import type { Budget } from '../../models/budget.ts'
import type { Provider } from '../../models/provider.ts'
import { withBudget } from '../../models/with-budget.ts'
import type { Job } from './job.ts'

export type RunLookup = {
  /** The job of a request that is under way. */
  readonly findJob: (digest: string) => Job | null
  readonly budgetOf: (run: string) => Budget
}

/** Each try under the budget of the run whose job it is, at the prices of its coordinator. */
export function withRunBudget(provider: Provider, { findJob, budgetOf }: RunLookup): Provider {
  return {
    send: async (request, signal) => {
      const job = findJob(digestRequest(request))
      if (job === null || job.tariff === null) return await provider.send(request, signal)
      return await withBudget(provider, budgetOf(job.run), job.tariff).send(request, signal)
    },
  }
}
