import type { PriceLookup } from '../models/price.ts'
import type { Purpose } from '../models/model-port.ts'
import type { ModelRequest } from '../records/request.ts'
import { countCharacters, type Explanation } from './explain-miss.ts'
import { addRanges, costRange, exactly, noRange, type MeasuredRates } from './measured-rates.ts'
import type { Cause, PlanStep, Range, StrategyPlan } from './plan.ts'

/** Characters a token where nothing was measured: English prose under current tokenizers. */
const charactersPerToken = 4

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type ModelAt = Pick<ModelRequest, 'endpoint' | 'model'>
type StepTally = { reused: number; missing: number; open: Range; missingPromptTokens: number; role: ModelAt }

export type PlanTally = {
  readonly countReused: (step: string, role: ModelAt, count?: number) => void
  readonly countMissing: (purpose: Purpose, request: ModelRequest, explanation: Explanation) => void
  readonly countOpen: (step: string, role: ModelAt, range: Range) => void
  /** Step to requests that the store answered. */
  readonly countsOfReused: () => ReadonlyMap<string, number>
  readonly read: (strategy: StrategyPlan['strategy'], leaningOn: (clauses: readonly string[]) => number) => StrategyPlan
}

/** Sums up requests by step, cause and category. `steps` gives the order in which they are reported. */
export function createPlanTally(steps: readonly string[], rates: MeasuredRates, priceOf: PriceLookup): PlanTally {
  const tallies = new Map<string, StepTally>()
  const causes = new Map<string, Mutable<Cause>>()
  const categories: Record<string, number> = {}
  const tallyOf = (step: string, role: ModelAt): StepTally => {
    const known = tallies.get(step)
    if (known) return known
    const created = { reused: 0, missing: 0, open: noRange, missingPromptTokens: 0, role }
    tallies.set(step, created)
    return created
  }
  return {
    countReused: (step, role, count = 1) => void (tallyOf(step, role).reused += count),
    countMissing({ step, category }, request, { key, cause, predecessor }) {
      const tally = tallyOf(step, request)
      tally.missing += 1
      tally.missingPromptTokens += estimatePromptTokens(request, step, predecessor, rates)
      const known = causes.get(key) ?? {
        ...cause,
        clauses: [...cause.clauses],
        requests: 0,
        steps: {},
        categories: {},
        leaningSamples: 0,
      }
      causes.set(key, known)
      const name = category ?? 'not yet classified'
      known.requests += 1
      known.steps[step] = (known.steps[step] ?? 0) + 1
      known.categories[name] = (known.categories[name] ?? 0) + 1
      categories[name] = (categories[name] ?? 0) + 1
    },
    countOpen(step, role, range) {
      const tally = tallyOf(step, role)
      tally.open = addRanges(tally.open, range)
    },
    countsOfReused: () => new Map([...tallies].map(([step, { reused }]) => [step, reused])),
    read(strategy, leaningOn) {
      const order = [...steps, ...[...tallies.keys()].filter((step) => !steps.includes(step))]
      const planned = order.flatMap((step) => {
        const tally = tallies.get(step)
        return tally ? [toPlanStep(step, tally, rates, priceOf)] : []
      })
      const costs = planned.map(({ costUsd }) => costUsd)
      return {
        strategy,
        steps: planned,
        causes: [...causes.values()]
          .map((cause) => ({ ...cause, leaningSamples: leaningOn(cause.clauses) }))
          .toSorted((a, b) => b.requests - a.requests || (a.title < b.title ? -1 : 1)),
        categories,
        requests: planned.reduce(
          (all, { missing, open }) => addRanges(all, addRanges(exactly(missing), open)),
          noRange,
        ),
        costUsd: costs.some((cost) => cost === null)
          ? null
          : costs.reduce<Range>((all, cost) => addRanges(all, cost ?? noRange), noRange),
      }
    },
  }
}

function toPlanStep(step: string, tally: StepTally, rates: MeasuredRates, priceOf: PriceLookup): PlanStep {
  const { reused, missing, open, missingPromptTokens, role } = tally
  const mean = rates.tokensOf(step, role.model)
  const asked = addRanges(exactly(missing), open)
  if (asked.max === 0) {
    return { step, reused, missing, open, promptTokens: noRange, completionTokens: noRange, costUsd: noRange }
  }
  const openMean = mean?.prompt ?? (missing > 0 ? missingPromptTokens / missing : null)
  const promptTokens = openMean === null ? null : round(addRanges(exactly(missingPromptTokens), scale(open, openMean)))
  const completionTokens = mean === null ? null : round(scale(asked, mean.completion))
  const isKnown = promptTokens !== null && completionTokens !== null
  const costUsd = isKnown ? costRange(promptTokens, completionTokens, priceOf(role)) : null
  return { step, reused, missing, open, promptTokens, completionTokens, costUsd }
}

/** From the predecessor's measured tokens a character; else the step's mean; else from the text's length. */
function estimatePromptTokens(
  request: ModelRequest,
  step: string,
  predecessor: Explanation['predecessor'],
  rates: MeasuredRates,
): number {
  const characters = countCharacters(request)
  if (predecessor?.usage && predecessor.characters > 0) {
    return (predecessor.usage.promptTokens / predecessor.characters) * characters
  }
  return rates.tokensOf(step, request.model)?.prompt ?? characters / charactersPerToken
}

function scale({ min, expected, max }: Range, factor: number): Range {
  return { min: min * factor, expected: expected * factor, max: max * factor }
}

function round({ min, expected, max }: Range): Range {
  return { min: Math.round(min), expected: Math.round(expected), max: Math.round(max) }
}
