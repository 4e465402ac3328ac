import { helpfulness } from './helpfulness.ts'
import type { Judge } from './judge.ts'
import { reasoning } from './reasoning.ts'
import { responseMode } from './response-mode.ts'
import { safety } from './safety.ts'

/** Every model judge by name; a config's panel names some of them, in the order in which they are paid. */
export const judges: ReadonlyMap<string, Judge> = new Map(
  [safety, responseMode, helpfulness, reasoning].map((judge) => [judge.name, judge]),
)
