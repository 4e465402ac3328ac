import type { StepMeasure } from '../answers/answer-store.ts'
import type { Manifest } from '../build/manifest.ts'
import { costOf, type Price } from '../models/price.ts'
import type { Range } from './plan.ts'

/** Mean tokens of one answer. */
export type MeanTokens = { readonly prompt: number; readonly cached: number; readonly completion: number }

export type MeasuredRates = {
  /** Means of a step over the whole store, for a model if it was measured; null when the step never was. */
  readonly tokensOf: (step: string, model: string) => MeanTokens | null
  /** Requests of a step for each candidate, in the build planned against; null without one. */
  readonly perCandidate: (step: string) => number | null
  /** Share of graded candidates that a judge ended, in the build planned against; 1 without one. */
  readonly failureShare: number
}

/** Null when no answer has a usage. */
function meanOf(chosen: readonly StepMeasure[]): MeanTokens | null {
  const total = (read: (one: StepMeasure) => number): number => chosen.reduce((all, one) => all + read(one), 0)
  const answers = total((one) => one.answers - one.withoutUsage)
  if (answers === 0) return null
  return {
    prompt: total((one) => one.promptTokens) / answers,
    cached: total((one) => one.cachedPromptTokens) / answers,
    completion: total((one) => one.completionTokens) / answers,
  }
}

export function createMeasuredRates(measures: readonly StepMeasure[], against: Manifest | null): MeasuredRates {
  return {
    tokensOf: (step, model) =>
      meanOf(measures.filter((one) => one.step === step && one.model === model)) ??
      meanOf(measures.filter((one) => one.step === step)),
    failureShare:
      against === null || against.counts.judged === 0
        ? 1
        : sumCodes(against.counts.rejectedCandidates['grade']) / against.counts.judged,
    perCandidate: (step) => {
      if (against === null || against.counts.candidates === 0) return null
      return (against.cost.steps[step]?.build.answers ?? 0) / against.counts.candidates
    },
  }
}

function sumCodes(codes: Readonly<Record<string, number>> | undefined): number {
  return Object.values(codes ?? {}).reduce((all, count) => all + count, 0)
}

export function costRange(prompt: Range, completion: Range, price: Price | null): Range | null {
  if (price === null) return null
  const at = (key: keyof Range): number =>
    costOf(
      { promptTokens: prompt[key], completionTokens: completion[key], cachedPromptTokens: 0, reasoningTokens: 0 },
      price,
    )
  return { min: at('min'), expected: at('expected'), max: at('max') }
}

export function addRanges(one: Range, other: Range): Range {
  return { min: one.min + other.min, expected: one.expected + other.expected, max: one.max + other.max }
}

export const noRange: Range = { min: 0, expected: 0, max: 0 }

export function exactly(count: number): Range {
  return { min: count, expected: count, max: count }
}
