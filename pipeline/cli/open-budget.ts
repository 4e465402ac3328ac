import type { BuildConfig } from '../config/build-config.ts'
import { createPriceLookup } from '../config/price-table.ts'
import { findReplyBound } from '../config/reply-bound.ts'
import { createBudget, type Budget } from '../models/budget.ts'
import { normaliseEndpoint } from '../models/model-role.ts'
import type { Tariff } from '../models/with-budget.ts'
import { UserError } from '../records/user-error.ts'

export type OpenedBudget = {
  readonly budget: Budget
  /** By the name of the model under `models`. */
  readonly tariffOf: (name: string) => Tariff
}

/**
 * The cap on what a run spends; null where the config has none.
 * @param onReached Told once, with an error that says what was spent and how to go on.
 * @throws UserError `budget` when a model's worst case is not known: it has no price, or its reply no bound.
 */
export function openBudget(
  config: Pick<BuildConfig, 'models' | 'budget' | 'batch'>,
  onReached: (error: UserError) => void,
): OpenedBudget | null {
  const { maxCostUsd, maxTokens } = config.budget
  if (maxCostUsd === null && maxTokens === null) return null
  const priceOf = createPriceLookup(config)
  const tariffs = new Map<string, Tariff>()
  const problems: string[] = []
  for (const [name, settings] of Object.entries(config.models)) {
    const { baseUrl, model } = settings
    const price = priceOf({ endpoint: normaliseEndpoint(baseUrl), model })
    const bound = findReplyBound(settings)
    if (price === null && maxCostUsd !== null) problems.push(`models.${name}.price is not set`)
    if (bound === null) problems.push(`models.${name}.maxReplyTokens is not set`)
    else tariffs.set(name, { price, maxReplyTokens: bound })
  }
  if (problems.length > 0) {
    throw new UserError('budget', `expected to know what a request costs at most, got: ${problems.join('; ')}`, {
      remedy:
        'Give each model a price, and a bound on its replies: max_completion_tokens or max_tokens among its parameters (which makes other requests), or maxReplyTokens (which does not).',
    })
  }
  const budget = createBudget({ maxCostUsd, maxTokens }, (reason) => onReached(explainReached(reason)))
  return {
    budget,
    tariffOf: (name) => tariffs.get(name) ?? unknownModel(name),
  }
}

export function explainReached(reason: string): UserError {
  return new UserError('budget', `the budget is reached: ${reason}`, {
    remedy: 'Run again to go on under a new budget of this size, or raise it: what was answered is kept.',
  })
}

function unknownModel(name: string): never {
  throw new Error(`no tariff of model ${name}`)
}
