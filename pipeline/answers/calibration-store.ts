import type { Calibration } from '../records/calibration.ts'

/** The port to measured agreement of graders with people. It lives with the answers that the judges among them gave. */
export type CalibrationStore = {
  /** Resolves when it is durable, with whether it is new: one that is there already is not added again. */
  readonly add: (calibration: Calibration) => Promise<boolean>
  /** Oldest first; of one grader, or of all. */
  readonly list: (grader?: string) => Promise<readonly Calibration[]>
  readonly close: () => Promise<void>
}
