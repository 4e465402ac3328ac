import { expect, test } from 'vitest'
import { computeKappa } from '../../pipeline/calibrate/cohens-kappa.ts'
import { renderKappa } from '../../pipeline/cli/render-kappa.ts'

const matrixOf = (...rows: readonly (readonly number[])[]): readonly (readonly number[])[] => rows

test('kappa has its interval in brackets, unless that has no width and would read as certainty', () => {
  const mixed = matrixOf([20, 5], [10, 15])
  expect(renderKappa(computeKappa(mixed), 2)).toBe('0.40 [0.15, 0.65]')
  const saidOneThing = matrixOf([3, 0], [2, 0])
  expect(renderKappa(computeKappa(saidOneThing), 2)).toBe('0.00')
  const agreed = matrixOf([3, 0], [0, 4])
  expect(renderKappa(computeKappa(agreed), 3)).toBe('1.000')
  expect(renderKappa(computeKappa(matrixOf([0, 0], [0, 0])), 2)).toBe('-')
})
