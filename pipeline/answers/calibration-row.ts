import type { Calibration } from '../records/calibration.ts'

/** A calibration as a row of `calibrations`, in the order of its columns, which both databases have. */
export function toCalibrationRow(calibration: Calibration): readonly (string | number | null)[] {
  const { id, grader, graderDigest, labels, part, specSetDigest, measuredAt, agreement } = calibration
  const { examples, graded, accuracy, kappa } = agreement
  const [low, high] = kappa.value === null ? [null, null] : [kappa.low, kappa.high]
  const identity = [id, grader, graderDigest, labels.name, labels.digest, part, specSetDigest, measuredAt]
  const figures = [examples, examples - graded, accuracy.value, kappa.value, low, high]
  return [...identity, ...figures, JSON.stringify(calibration)]
}
