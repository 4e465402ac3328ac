import { importRecording } from '../answers/recording.ts'
import type { ResolvedBuild } from '../build/resolve-build.ts'
import { findEarlierBuild } from '../cli/open-build.ts'
import type { Environment } from '../cli/environment.ts'
import { openDecisions } from '../cli/open-decisions.ts'
import { openAnswerStore } from '../cli/open-store.ts'
import { createPriceLookup } from '../config/price-table.ts'
import { planBuild } from '../plan/plan-build.ts'
import type { Plan } from '../plan/plan.ts'
import { openProject, type ProjectOptions } from './open-project.ts'

export type PlanOptions = ProjectOptions & {
  /** A build folder whose rates are expected again. Default: the latest of the config. */
  readonly against?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Where URLs of databases are read from. Default: the environment of the process. */
  readonly env?: Environment | undefined
}

/**
 * Says what a build would send, why, and for how much, as `safe-completions plan` does. Sends nothing, reads no key.
 * @throws UserError for config, specs, input or store; the signal's reason when it is aborted.
 */
export async function plan(options: PlanOptions): Promise<Plan> {
  return await planProject(await openProject(options), options)
}

/** As {@link plan}, of a config that is read already. */
export async function planProject(
  resolved: ResolvedBuild,
  { against, signal, env }: Omit<PlanOptions, keyof ProjectOptions>,
): Promise<Plan> {
  const earlier = await findEarlierBuild(resolved, against)
  const store = await openAnswerStore(resolved.storePath, env)
  try {
    for (const path of resolved.recordings) await importRecording(path, store)
    return await planBuild(resolved, {
      store,
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
