import { join } from 'node:path'
import { createAttempts } from '../answers/attempts.ts'
import { importRecording } from '../answers/recording.ts'
import { findFailedRequests } from '../build/find-failed-requests.ts'
import type { ResolvedBuild } from '../build/resolve-build.ts'
import { findEarlierBuild } from '../cli/open-build.ts'
import type { Environment } from '../cli/environment.ts'
import { openDecisions } from '../cli/open-decisions.ts'
import { openAnswerStore } from '../cli/open-store.ts'
import { createPriceLookup } from '../config/price-table.ts'
import { planBuild } from '../plan/plan-build.ts'
import type { Plan } from '../plan/plan.ts'
import type { RetryCode } from '../records/retry.ts'
import { openProject, type ProjectOptions } from './open-project.ts'
import { readRetryOption, type RetryOption } from './retry-option.ts'

export type PlanOptions = ProjectOptions & {
  /** A build folder whose rates are expected again. Default: the latest of the config. */
  readonly against?: string | undefined
  /** As if the build were told so, which then asks again for what failed; nothing of it is noted. */
  readonly retryFailed?: RetryOption | undefined
  readonly signal?: AbortSignal | undefined
  /** Where URLs of databases are read from. Default: the environment of the process. */
  readonly env?: Environment | undefined
}

/**
 * Says what a build would send, why, and for how much, as `safe-completions plan` does. Sends nothing, reads no key.
 * @throws UserError for config, specs, input or store; the signal's reason when it is aborted.
 */
export async function plan(options: PlanOptions): Promise<Plan> {
  const retryFailed = readRetryOption(options.retryFailed)
  return await planProject(await openProject(options), { ...options, retryFailed })
}

/** As {@link plan}, of a config that is read already. */
export async function planProject(
  resolved: ResolvedBuild,
  {
    against,
    signal,
    env,
    retryFailed: codes,
  }: Omit<PlanOptions, keyof ProjectOptions | 'retryFailed'> & { readonly retryFailed: readonly RetryCode[] | null },
): Promise<Plan> {
  const earlier = await findEarlierBuild(resolved, against)
  const store = await openAnswerStore(resolved.storePath, env)
  try {
    for (const path of resolved.recordings) await importRecording(path, store)
    const attempts = createAttempts(await store.listRetries())
    const home = join(resolved.outputRoot, resolved.config.name)
    const failed = codes === null ? null : await findFailedRequests({ home, store, attempts, codes })
    return await planBuild(resolved, {
      store,
      retries: failed?.failures ?? [],
      decisions: await openDecisions(resolved, env),
      priceOf: createPriceLookup(resolved.config),
      against: earlier,
      timestamp: () => new Date().toISOString(),
      signal: signal ?? new AbortController().signal,
    })
  } finally {
    await store.close()
  }
}
