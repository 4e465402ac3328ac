import type { Rejection } from '../../records/rejection.ts'
import type { Sample } from '../../records/sample.ts'
import { rejectSelected } from '../reject.ts'
import type { Selected } from '../select/select.ts'
import { splitOf } from './split-of.ts'

export type EmitContext = {
  readonly validationShare: number
  readonly seed: number
  /** Why a sample cannot be written in the build's trainer format; null when it can. */
  readonly findFormatConflict: (sample: Sample) => string | null
  readonly reject: (rejection: Rejection) => void
}

/** Gives each selected sample its split; one that the trainer format cannot carry faithfully is rejected. */
export const emit = {
  name: 'emit',
  version: 1,
  async *run(rows: AsyncIterable<Selected>, context: EmitContext): AsyncGenerator<Sample> {
    for await (const row of rows) {
      const sample = { ...row, split: splitOf(row.family, context.validationShare, context.seed) }
      const conflict = context.findFormatConflict(sample)
      if (conflict === null) yield sample
      else context.reject(rejectSelected(row, { stage: 'emit', code: 'format_conflict', detail: conflict }))
    }
  },
} as const
