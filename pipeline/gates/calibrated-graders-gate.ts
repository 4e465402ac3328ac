import { findCalibrationFailures } from '../build/calibration-gate.ts'
import type { Gate } from './gate.ts'

/** See pipeline/build/calibration-gate.ts for the rule; here is what it looked at. */
export const calibratedGradersGate: Gate = {
  name: 'calibration',
  async judge({ gates: { calibration: limit }, calibrations, now }, sink) {
    if (limit === null) return null
    const measured = limit.graders.map((grader) => {
      const found = calibrations.find((one) => one.grader === grader)
      const state = found?.status === 'found' ? describe(found) : null
      return [grader, state] as const
    })
    const found = findCalibrationFailures(limit, calibrations, now)
    for (const { grader, what } of found) sink.add({ cell: grader, what })
    const failures = found.map(({ what }) => what)
    const summary = measured
      .map(([grader, state]) => `${grader} ${state?.measuredAt.slice(0, 10) ?? 'never'}`)
      .join(', ')
    return { limit, summary, measured: Object.fromEntries(measured), failures }
  },
}

type Found = Extract<Parameters<Gate['judge']>[0]['calibrations'][number], { readonly status: 'found' }>

function describe({ isCurrent, calibration }: Found) {
  const { id, measuredAt, labels, agreement } = calibration
  return { id, measuredAt, labels: labels.name, isCurrent, kappa: agreement.kappa.value }
}
