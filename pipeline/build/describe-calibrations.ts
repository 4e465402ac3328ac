import { z } from 'zod'
import type { FoundCalibration } from '../calibrate/find-calibrations.ts'
import { judges } from '../graders/judges/index.ts'
import { calibrationSchema } from '../records/calibration.ts'

const number = z.number().nullable()

/** When and how well a grader of a build was last compared with people. */
export const graderCalibrationSchema = z.strictObject({
  /** Of the grader as this build used it. */
  graderDigest: z.string(),
  /** Null: never. */
  calibration: z
    .strictObject({
      ...calibrationSchema.pick({ id: true, measuredAt: true, part: true, labels: true, specSetDigest: true }).shape,
      /** False: the grader changed since. */
      isCurrent: z.boolean(),
      examples: z.int(),
      ungraded: z.int(),
      /** Null here and below: could not be computed. */
      accuracy: number,
      kappa: number,
      kappaLow: number,
      kappaHigh: number,
    })
    .nullable(),
})
export type GraderCalibration = Readonly<z.infer<typeof graderCalibrationSchema>>

/** For a manifest: every judge, and the rules that anyone compared with people. */
export function describeCalibrations(found: readonly FoundCalibration[]): Readonly<Record<string, GraderCalibration>> {
  const told = found.filter(({ grader, status }) => status === 'found' || judges.has(grader))
  return Object.fromEntries(told.map((one) => [one.grader, describe(one)]))
}

function describe(found: FoundCalibration): GraderCalibration {
  if (found.status === 'none') return { graderDigest: found.digest, calibration: null }
  const { id, measuredAt, part, labels, specSetDigest, agreement } = found.calibration
  const { examples, graded, accuracy, kappa } = agreement
  const [kappaLow, kappaHigh] = kappa.value === null ? [null, null] : [kappa.low, kappa.high]
  return {
    graderDigest: found.digest,
    calibration: {
      id,
      measuredAt,
      part,
      labels,
      specSetDigest,
      isCurrent: found.isCurrent,
      examples,
      ungraded: examples - graded,
      accuracy: accuracy.value,
      kappa: kappa.value,
      kappaLow,
      kappaHigh,
    },
  }
}
