import type { Answer, Usage } from '../records/answer.ts'
import type { ModelRequest } from '../records/request.ts'

/** US dollars per million tokens. */
export type Price = {
  readonly inputPerMillion: number
  readonly outputPerMillion: number
  /** Of prompt tokens that the server had cached; the input price where it is not given. */
  readonly cachedInputPerMillion?: number | undefined
  /** What an answer by batch costs, as a share of that; the whole where it is not given. */
  readonly batchFactor?: number | undefined
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

/** Dollars for tokens that came one way or the other. */
export function costOfAnswer(usage: Usage, via: Answer['via'], price: Price): number {
  return costOf(usage, price) * (via === 'batch' ? (price.batchFactor ?? 1) : 1)
}
