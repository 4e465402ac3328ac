import type { Kappa } from '../records/calibration.ts'

/** Above what rounding leaves of a standard error of 0, below any that examples in a file can have. */
const noWidth = 1e-6

/**
 * Kappa with its 95 % interval in brackets. Without the interval where that has no width (full agreement, or one rater
 * who said the same of all): the formula finds no spread there, which is no proof of certainty.
 */
export function renderKappa(kappa: Kappa, digits: number): string {
  if (kappa.value === null) return '-'
  const [value, low, high] = [kappa.value, kappa.low, kappa.high].map((one) => one.toFixed(digits))
  return kappa.standardError < noWidth ? `${value}` : `${value} [${low}, ${high}]`
}
