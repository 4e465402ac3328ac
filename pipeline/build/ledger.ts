import type { Purpose, Reply } from '../models/model-port.ts'
import type { ModelRequest } from '../records/request.ts'
import type { Usage } from '../records/answer.ts'

/** US dollars per million tokens. */
export type Price = {
  readonly inputPerMillion: number
  readonly outputPerMillion: number
  /** Of prompt tokens that the server had cached; the input price where it is not given. */
  readonly cachedInputPerMillion?: number | undefined
}

/** Tokens and dollars of some answers; what is unknown is counted, never guessed as zero. */
export type Spend = {
  answers: number
  promptTokens: number
  completionTokens: number
  /** Dollars, over the answers whose price and usage are known. */
  costUsd: number
  /** Answers whose server reported no usage. */
  withoutUsage: number
  /** Answers whose model has no price in the config. */
  withoutPrice: number
}

export type Totals = {
  /** Requests that the store answered. */
  reused: number
  /** Requests that were not answered. */
  unavailable: number
  /** Waiting for the answers of this run, added up. Requests wait side by side: it can be far more than the time that passed. */
  latencyMs: number
  /** What this run sent and got answered. */
  readonly run: Spend
  /** What the build rests on, whichever run paid for it: the cost of the artifact, resumes included. */
  readonly build: Spend
}

export type Ledger = {
  readonly record: (reply: Reply, request: ModelRequest, purpose: Purpose) => void
  readonly total: () => Readonly<Totals>
  /** Step (`generate`, `grade:safety` ...) to totals, in order of first use. */
  readonly bySteps: () => ReadonlyMap<string, Readonly<Totals>>
  readonly byModels: () => ReadonlyMap<string, Readonly<Totals>>
}

/** The price of a model at an endpoint; null when the config has none. */
export type PriceLookup = (model: Pick<ModelRequest, 'endpoint' | 'model'>) => Price | null

/** Counts requests, tokens and dollars of one run. */
export function createLedger(priceOf: PriceLookup): Ledger {
  const total = emptyTotals()
  const steps = new Map<string, Totals>()
  const models = new Map<string, Totals>()
  return {
    record(reply, request, purpose) {
      const price = priceOf(request)
      const cells = [total, cellOf(steps, purpose.step), cellOf(models, request.model)]
      for (const cell of cells) add(cell, reply, price)
    },
    total: () => total,
    bySteps: () => steps,
    byModels: () => models,
  }
}

export function costOf(usage: Usage, price: Price): number {
  const cached = Math.min(usage.cachedPromptTokens, usage.promptTokens)
  const cachedPrice = price.cachedInputPerMillion ?? price.inputPerMillion
  const input = (usage.promptTokens - cached) * price.inputPerMillion + cached * cachedPrice
  return (input + usage.completionTokens * price.outputPerMillion) / 1_000_000
}

function emptySpend(): Spend {
  return { answers: 0, promptTokens: 0, completionTokens: 0, costUsd: 0, withoutUsage: 0, withoutPrice: 0 }
}

function emptyTotals(): Totals {
  return { reused: 0, unavailable: 0, latencyMs: 0, run: emptySpend(), build: emptySpend() }
}

function cellOf(cells: Map<string, Totals>, key: string): Totals {
  const known = cells.get(key)
  if (known) return known
  const created = emptyTotals()
  cells.set(key, created)
  return created
}

function add(totals: Totals, reply: Reply, price: Price | null): void {
  if (reply.status === 'unavailable') {
    totals.unavailable += 1
    return
  }
  spend(totals.build, reply.answer.usage, price)
  if (reply.fromStore) {
    totals.reused += 1
    return
  }
  totals.latencyMs += reply.latencyMs
  spend(totals.run, reply.answer.usage, price)
}

function spend(into: Spend, usage: Usage | null, price: Price | null): void {
  into.answers += 1
  if (price === null) into.withoutPrice += 1
  if (usage === null) {
    into.withoutUsage += 1
    return
  }
  into.promptTokens += usage.promptTokens
  into.completionTokens += usage.completionTokens
  if (price !== null) into.costUsd += costOf(usage, price)
}
