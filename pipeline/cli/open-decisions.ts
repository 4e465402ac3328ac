import type { ResolvedBuild } from '../build/resolve-build.ts'
import { readDecisionLines } from '../decisions/decision-lines.ts'
import { findStandingDecisions, type StandingDecisions } from '../decisions/standing-decisions.ts'
import type { Environment } from './environment.ts'
import { openDecisionStore } from './open-store.ts'

/**
 * What auditors decided, as it stands when a build or a plan starts; decisions of the config's files go into the store
 * first.
 * @throws UserError `decisions` for a bad line, `answer_store`.
 */
export async function openDecisions(
  { storePath, decisionFiles }: Pick<ResolvedBuild, 'storePath' | 'decisionFiles'>,
  env?: Environment,
): Promise<StandingDecisions> {
  const store = await openDecisionStore(storePath, 'write', env)
  try {
    for (const path of decisionFiles) await store.add(await readDecisionLines(path))
    return findStandingDecisions(await store.list())
  } finally {
    await store.close()
  }
}
