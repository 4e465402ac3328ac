import type { Usage } from '../records/answer.ts'
import type { ModelRequest } from '../records/request.ts'

/** US dollars per million tokens. */
export type Price = {
  readonly inputPerMillion: number
  readonly outputPerMillion: number
  /** Of prompt tokens that the server had cached; the input price where it is not given. */
  readonly cachedInputPerMillion?: number | undefined
}

/** The price of a model at an endpoint; null where it is not known. */
export type PriceLookup = (model: Pick<ModelRequest, 'endpoint' | 'model'>) => Price | null

/** Dollars. */
export function costOf(usage: Usage, price: Price): number {
  const cached = Math.min(usage.cachedPromptTokens, usage.promptTokens)
  const cachedPrice = price.cachedInputPerMillion ?? price.inputPerMillion
  const input = (usage.promptTokens - cached) * price.inputPerMillion + cached * cachedPrice
  return (input + usage.completionTokens * price.outputPerMillion) / 1_000_000
}
