import type { StepMeasure } from '../answers/answer-store.ts'
import { costOfAnswer, type PriceLookup } from '../models/price.ts'
import type { Spend } from './ledger.ts'

/** What stored answers cost, as far as prices and tokens are known. */
export function sumMeasures(measures: readonly StepMeasure[], priceOf: PriceLookup): Spend {
  const total: Spend = {
    answers: 0,
    promptTokens: 0,
    completionTokens: 0,
    costUsd: 0,
    withoutUsage: 0,
    withoutPrice: 0,
  }
  for (const measure of measures) {
    const price = priceOf(measure)
    total.answers += measure.answers
    total.promptTokens += measure.promptTokens
    total.completionTokens += measure.completionTokens
    total.withoutUsage += measure.withoutUsage
    if (price === null) total.withoutPrice += measure.answers
    // Reasoning tokens are among the completion tokens.
    else total.costUsd += costOfAnswer({ ...measure, reasoningTokens: 0 }, measure.via ?? undefined, price)
  }
  return total
}
