import type { Spend } from '../build/ledger.ts'

export function formatNumber(value: number): string {
  return new Intl.NumberFormat('en', { maximumFractionDigits: 0 }).format(value)
}

export function formatMegabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** Dollars, and what they leave out. */
export function formatCost({ answers, costUsd, withoutPrice, withoutUsage }: Spend): string {
  if (answers > 0 && withoutPrice === answers) return 'no price'
  const unknown = [
    ...(withoutPrice > 0 ? [`${formatNumber(withoutPrice)} without a price`] : []),
    ...(withoutUsage > 0 ? [`${formatNumber(withoutUsage)} of unknown tokens`] : []),
  ]
  return [`$${costUsd.toFixed(2)}`, ...unknown].join(', ')
}

/** Answers, tokens and dollars on one line. */
export function renderSpend(spend: Spend): string {
  const { answers, promptTokens, completionTokens } = spend
  const tokens = `${formatNumber(promptTokens)} tokens in, ${formatNumber(completionTokens)} out`
  return `${formatNumber(answers)} answers (${tokens}, ${formatCost(spend)})`
}
