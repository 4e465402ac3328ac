import type { Agreement, Figure, Kappa } from '../records/calibration.ts'
import { computeKappa, type KappaWeights } from './cohens-kappa.ts'
import { countPairs, type RatedPair } from './count-pairs.ts'

export type ClassScale = {
  readonly classes: readonly string[]
  /** The classes are in order, so that some disagreements are farther than others. */
  readonly isOrdered: boolean
}

const oneClassOnly = 'the first rater used one class only, so that there is nothing to tell apart'

/**
 * How far two raters agree: people and a grader, or two auditors. A pair whose second rating is null is ungraded: it
 * counts in the coverage and in a column of its own, and in nothing else.
 */
export function measureAgreement(pairs: Iterable<RatedPair>, { classes, isOrdered }: ClassScale): Agreement {
  const { matrix, ungraded } = countPairs(pairs, classes)
  const rows = matrix.map(sum)
  const columns = classes.map((_, n) => sum(matrix.map((row) => row[n] ?? 0)))
  const hits = classes.map((_, n) => matrix[n]?.[n] ?? 0)
  const graded = sum(rows)
  const examples = graded + sum(ungraded)
  // Kappa would be 0 whatever the second rater says, which reads like a finding on the second rater.
  const isConstant = graded > 0 && rows.filter((count) => count > 0).length === 1
  const kappaOf = (weights: KappaWeights): Kappa =>
    isConstant ? { value: null, reason: oneClassOnly } : computeKappa(matrix, weights)
  return {
    classes,
    examples,
    graded,
    matrix,
    ungraded,
    coverage: share(graded, examples, 'there is no example'),
    accuracy: share(sum(hits), graded, 'no example was graded'),
    kappa: kappaOf('none'),
    weighted: isOrdered ? { linear: kappaOf('linear'), quadratic: kappaOf('quadratic') } : null,
    perClass: classes.map((name, n) => {
      const [hit = 0, row = 0, column = 0] = [hits[n], rows[n], columns[n]]
      return {
        class: name,
        support: row,
        precision: share(hit, column, 'the second rater never used this class'),
        recall: share(hit, row, 'the first rater never used this class'),
        f1: share(2 * hit, row + column, 'neither rater used this class'),
      }
    }),
  }
}

function share(part: number, whole: number, reason: string): Figure {
  return whole === 0 ? { value: null, reason } : { value: part / whole }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
