import type { ExampleField } from '../graders/example-field.ts'
import type { Reply } from '../models/model-port.ts'
import type { CalibrationUngradedReason } from '../records/calibration.ts'
import type { Example } from './example.ts'
import type { ClassScale } from './measure-agreement.ts'

/** What a grader made of an example. `unavailable` is no verdict: a later run asks again. */
export type Classification =
  | {
      readonly status: 'graded'
      readonly label: string
      readonly rationale: string
      readonly evidence: readonly string[]
      /** Of a judge's votes the share that came to this verdict; null where there was one vote, or none is cast. */
      readonly confidence: number | null
    }
  | { readonly status: 'ungraded'; readonly reason: CalibrationUngradedReason; readonly detail: string }
  | { readonly status: 'unavailable'; readonly reply: Extract<Reply, { status: 'unavailable' }> }

/** A grader of any kind, as far as it is compared with people. */
export type CalibratedGrader = ClassScale & {
  readonly name: string
  readonly version: number
  /** {@link digestGrader}. */
  readonly digest: string
  /** What an example must have; an example that lacks one of them is not shown to the grader. */
  readonly needs: readonly ExampleField[]
  readonly classify: (example: Example) => Promise<Classification>
}
