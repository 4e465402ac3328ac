import type { Rejection } from './rejection.ts'
import type { Sample } from './sample.ts'

/** Two answers to one prompt, of which graders found one better. */
export type PreferencePair = {
  readonly chosen: Sample
  /** The losing answer in the form of a row, so that the trainer format renders both sides alike. */
  readonly rejected: Sample
  /** Why it is no row. */
  readonly code: Rejection['code']
  readonly margin: number
}
