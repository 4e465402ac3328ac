import { hash } from 'node:crypto'
import type { Split } from '../../records/sample.ts'

/**
 * The split of a family: by its digest alone, so a family is never in both, and a row's split does not depend on what
 * other rows there are. `seed` deals the families anew.
 */
export function splitOf(family: string, validationShare: number, seed: number): Split {
  const digest = hash('sha256', JSON.stringify(['split', seed, family]))
  const fraction = Number.parseInt(digest.slice(0, 12), 16) / 16 ** 12
  return fraction < validationShare ? 'validation' : 'train'
}
