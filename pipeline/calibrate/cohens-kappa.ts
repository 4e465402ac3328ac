import type { Kappa } from '../records/calibration.ts'

/**
 * How much credit a cell of the matrix gets by the distance of its classes: `none` only for the same class, `linear`
 * and `quadratic` for near ones too (Cohen 1968).
 */
export type KappaWeights = 'none' | 'linear' | 'quadratic'

/** Two-sided 95 % of the normal distribution. */
const z95 = 1.959963984540054

/** Below this the raters left chance no room to disagree: all of the examples are in one class for both. */
const noRoom = 1e-12

/**
 * Cohen's kappa (1960) of a square matrix of counts, with the asymptotic standard error of Fleiss, Cohen & Everitt
 * (1969, Psychological Bulletin 72(5)): the one for intervals, `std_kappa` of statsmodels. The interval is cut at -1 and 1,
 * which kappa cannot pass. The unweighted form is the weighted one with credit on the diagonal alone.
 */
export function computeKappa(matrix: readonly (readonly number[])[], weights: KappaWeights = 'none'): Kappa {
  const total = sum(matrix.map(sum))
  if (total === 0) return { value: null, reason: 'no example was graded' }
  if (matrix.length < 2) return { value: null, reason: 'there is only one class' }
  const shares = matrix.map((row) => row.map((count) => count / total))
  const rowShares = shares.map(sum)
  const columnShares = rowShares.map((_, column) => sum(shares.map((row) => row[column] ?? 0)))
  const credit = (row: number, column: number): number => creditOf(row - column, matrix.length - 1, weights)
  const sumCells = (cell: (row: number, column: number) => number): number =>
    sum(rowShares.map((_, row) => sum(columnShares.map((_, column) => cell(row, column)))))

  const observed = sumCells((row, column) => credit(row, column) * (shares[row]?.[column] ?? 0))
  const expected = sumCells((row, column) => credit(row, column) * (rowShares[row] ?? 0) * (columnShares[column] ?? 0))
  if (1 - expected < noRoom) {
    return { value: null, reason: 'both used one class only, so that agreement by chance alone is certain' }
  }
  const value = (observed - expected) / (1 - expected)
  const rowCredit = rowShares.map((_, row) => sum(columnShares.map((share, column) => credit(row, column) * share)))
  const columnCredit = columnShares.map((_, column) => sum(rowShares.map((share, row) => credit(row, column) * share)))
  const spread = sumCells((row, column) => {
    const distance = credit(row, column) - ((rowCredit[row] ?? 0) + (columnCredit[column] ?? 0)) * (1 - value)
    return (shares[row]?.[column] ?? 0) * distance ** 2
  })
  const variance = (spread - (value - expected * (1 - value)) ** 2) / ((1 - expected) ** 2 * total)
  // Full agreement has variance 0, which rounding may put below.
  const standardError = Math.sqrt(Math.max(0, variance))
  const [low, high] = [Math.max(-1, value - z95 * standardError), Math.min(1, value + z95 * standardError)]
  return { value, standardError, low, high }
}

function creditOf(distance: number, farthest: number, weights: KappaWeights): number {
  if (weights === 'none') return distance === 0 ? 1 : 0
  const share = Math.abs(distance) / farthest
  return 1 - (weights === 'linear' ? share : share ** 2)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
