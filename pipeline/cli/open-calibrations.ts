import { identifyGraders } from '../build/calibration-gate.ts'
import type { ResolvedBuild } from '../build/resolve-build.ts'
import { findCalibrations, type FoundCalibration } from '../calibrate/find-calibrations.ts'
import type { Environment } from './environment.ts'
import { openCalibrationStore } from './open-store.ts'

/**
 * How far the graders of a build agreed with people, as it stands when the build starts.
 * @throws UserError `answer_store`.
 */
export async function openCalibrations(
  { storePath, grade }: Pick<ResolvedBuild, 'storePath' | 'grade'>,
  env?: Environment,
): Promise<readonly FoundCalibration[]> {
  const store = await openCalibrationStore(storePath, 'write', env)
  try {
    return await findCalibrations(store, identifyGraders(grade))
  } finally {
    await store.close()
  }
}
