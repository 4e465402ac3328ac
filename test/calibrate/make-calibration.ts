import { measureAgreement } from '../../pipeline/calibrate/measure-agreement.ts'
import type { Calibration } from '../../pipeline/records/calibration.ts'

/** A calibration of the safety judge, with changes. */
export function makeCalibration(changes: Partial<Calibration> = {}, kappa = 0.8): Calibration {
  const pairs = ['compliant', 'violation'].map((first) => ({ first, second: first }))
  const agreement = measureAgreement(pairs, { classes: ['compliant', 'violation'], isOrdered: false })
  return {
    id: 'k_0123456789abcdef0123',
    grader: 'safety',
    version: 1,
    graderDigest: 'd',
    labels: { name: 'ours', digest: 'l' },
    part: 'all',
    specSetDigest: null,
    measuredAt: '2026-03-30T00:00:00.000Z',
    counts: { read: 2, ignored: {}, ungraded: {}, copies: 0 },
    agreement: { ...agreement, kappa: { value: kappa, standardError: 0.1, low: kappa - 0.196, high: kappa + 0.196 } },
    slices: [],
    disagreements: [],
    ...changes,
  }
}
