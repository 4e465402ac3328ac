import type { CalibrationStore } from '../answers/calibration-store.ts'
import type { Calibration } from '../records/calibration.ts'

/** A grader as a build uses it; see {@link digestGrader}. */
export type GraderIdentity = { readonly grader: string; readonly digest: string }

/** `isCurrent`: it is of that very grader; otherwise the grader changed since. */
export type FoundCalibration = GraderIdentity &
  (
    | { readonly status: 'found'; readonly isCurrent: boolean; readonly calibration: Calibration }
    | { readonly status: 'none' }
  )

/** For each grader the newest calibration of that very digest; else the newest of an older one; else none. */
export async function findCalibrations(
  store: Pick<CalibrationStore, 'list'>,
  graders: readonly GraderIdentity[],
): Promise<readonly FoundCalibration[]> {
  return await Promise.all(
    graders.map(async ({ grader, digest }): Promise<FoundCalibration> => {
      const all = await store.list(grader)
      const current = all.findLast(({ graderDigest }) => graderDigest === digest)
      const calibration = current ?? all.at(-1)
      if (calibration === undefined) return { grader, digest, status: 'none' }
      return { grader, digest, status: 'found', isCurrent: current !== undefined, calibration }
    }),
  )
}
