import { describeGateState } from '../build/calibration-gate.ts'
import { digestInputFiles } from '../build/digest-input-files.ts'
import type { GatesConfig } from '../config/gates-config.ts'
import type { GateContext } from './gate.ts'

type StateInputs = Pick<GateContext, 'folder' | 'home' | 'calibrations' | 'now'> & { readonly gates: GatesConfig }

/**
 * What gates rest on beside the build and its config, for the fingerprint of a build: an unchanged build is passed over
 * only while all of it is as it was when it let the build through. It is read before anything is sent, so that a folder
 * that is not there is told before it costs an answer. Null where no gate rests on anything.
 * What reads earlier builds is loaded for a gate that looks at one.
 * @throws UserError for evaluation files and earlier builds that cannot be read.
 */
export async function digestGateInputs(inputs: StateInputs): Promise<string | null> {
  const { gates, folder, home, calibrations, now } = inputs
  const state = {
    calibration: describeGateState(gates.calibration, calibrations, now),
    evaluations: gates.contamination && (await digestInputFiles(gates.contamination.evaluations, folder)),
    earlier: await digestEarlier(gates.duplicates, folder, home),
    reference: await digestReference(gates.drift, folder, home),
  }
  return Object.values(state).every((part) => part === null) ? null : JSON.stringify(state)
}

async function digestEarlier(gate: GatesConfig['duplicates'], folder: string, home: string): Promise<object | null> {
  if (gate === null) return null
  const { digestBuild, findPublishedBuilds } = await import('./earlier-build.ts')
  const builds = await findPublishedBuilds(gate.against, folder, home)
  const digests: (readonly [string, string])[] = []
  for (const build of builds) digests.push([build.folder, await digestBuild(build.folder)])
  return digests
}

/** `latest` is what an unchanged build is: only a build that is named can move under it. */
async function digestReference(gate: GatesConfig['drift'], folder: string, home: string): Promise<string | null> {
  if (gate?.against === undefined) return null
  const { digestBuild, openReference } = await import('./earlier-build.ts')
  const reference = await openReference({ against: gate.against, folder, home, buildId: null })
  return reference.status === 'found' ? await digestBuild(reference.folder) : null
}
