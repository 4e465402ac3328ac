import type { Sample } from '../../records/sample.ts'
import type { Selected } from '../select/select.ts'
import { splitOf } from './split-of.ts'

export type EmitContext = {
  readonly validationShare: number
  readonly seed: number
}

/** Gives each selected sample its split. */
export const emit = {
  name: 'emit',
  version: 2,
  async *run(rows: AsyncIterable<Selected>, { validationShare, seed }: EmitContext): AsyncGenerator<Sample> {
    for await (const row of rows) yield { ...row, split: splitOf(row.family, validationShare, seed) }
  },
} as const
