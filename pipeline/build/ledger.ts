import type { Purpose, Reply } from '../models/model-port.ts'
import { costOfAnswer, type Price, type PriceLookup } from '../models/price.ts'
import type { ModelRequest } from '../records/request.ts'
import type { Answer } from '../records/answer.ts'

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
  /** What a request was about; `none` for what is asked before a category is known. */
  readonly byCategories: () => ReadonlyMap<string, Readonly<Totals>>
}

/** Counts requests, tokens and dollars of one run. */
export function createLedger(priceOf: PriceLookup): Ledger {
  const total = emptyTotals()
  const steps = new Map<string, Totals>()
  const models = new Map<string, Totals>()
  const categories = new Map<string, Totals>()
  return {
    record(reply, request, purpose) {
      const price = priceOf(request)
      const category = purpose.category ?? 'none'
      const cells = [total, cellOf(steps, purpose.step), cellOf(models, request.model), cellOf(categories, category)]
      for (const cell of cells) add(cell, reply, price)
    },
    total: () => total,
    bySteps: () => steps,
    byModels: () => models,
    byCategories: () => categories,
  }
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
  spend(totals.build, reply.answer, price)
  if (reply.fromStore) {
    totals.reused += 1
    return
  }
  totals.latencyMs += reply.latencyMs
  spend(totals.run, reply.answer, price)
}

function spend(into: Spend, { usage, via }: Answer, price: Price | null): void {
  into.answers += 1
  if (price === null) into.withoutPrice += 1
  if (usage === null) {
    into.withoutUsage += 1
    return
  }
  into.promptTokens += usage.promptTokens
  into.completionTokens += usage.completionTokens
  if (price !== null) into.costUsd += costOfAnswer(usage, via, price)
}
