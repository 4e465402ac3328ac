import type { FoundCalibration, GraderIdentity } from '../calibrate/find-calibrations.ts'
import type { BuildConfig } from '../config/build-config.ts'
import type { GradeSettings } from '../graders/grade-candidate.ts'
import { digestGrader } from '../graders/grader-digest.ts'

type CalibrationGate = BuildConfig['gates']['calibration']

const msPerDay = 86_400_000

/** The graders of a build as calibrations know them. */
export function identifyGraders({ rules, panel }: GradeSettings): readonly GraderIdentity[] {
  return [
    ...rules.map((rule) => ({ grader: rule.name, digest: digestGrader(rule) })),
    ...panel.map((seat) => ({ grader: seat.judge.name, digest: digestGrader(seat) })),
  ]
}

/**
 * Why a build must not be published on the word of its graders: one sentence a grader.
 * @param now ISO 8601; the age of a calibration is all that the time decides.
 */
export function findCalibrationFailures(
  gate: CalibrationGate,
  found: readonly FoundCalibration[],
  now: string,
): readonly { readonly grader: string; readonly what: string }[] {
  return (gate?.graders ?? []).flatMap((grader) => {
    const failure = findFailure(
      grader,
      found.find((one) => one.grader === grader),
      gate,
      now,
    )
    return failure === null ? [] : [{ grader, what: failure }]
  })
}

function findFailure(
  grader: string,
  found: FoundCalibration | undefined,
  gate: CalibrationGate,
  now: string,
): string | null {
  const remedy = `run \`safe-completions calibrate ${grader}\``
  if (found?.status !== 'found') return `${grader} was never compared with people's labels: ${remedy}`
  const { measuredAt, agreement, labels } = found.calibration
  const day = measuredAt.slice(0, 10)
  if (!found.isCurrent) return `${grader} changed since it was compared with people's labels on ${day}: ${remedy}`
  const days = (Date.parse(now) - Date.parse(measuredAt)) / msPerDay
  if (gate?.maxAgeDays !== undefined && days > gate.maxAgeDays) {
    return `${grader} was last compared with people's labels on ${day}, more than ${gate.maxAgeDays} days ago: ${remedy}`
  }
  if (gate?.minKappa === undefined) return null
  const { kappa } = agreement
  if (kappa.value === null) return `the kappa of ${grader} on "${labels.name}" is not known: ${kappa.reason}`
  if (kappa.value >= gate.minKappa) return null
  return `the kappa of ${grader} on "${labels.name}" is ${kappa.value.toFixed(3)}, below ${gate.minKappa}`
}

/**
 * What the gate rests on, for the fingerprint of a build: an unchanged build is passed over only while its calibrations
 * are those that let it through, and still do. Null where there is no gate.
 */
export function describeGateState(
  gate: CalibrationGate,
  found: readonly FoundCalibration[],
  now: string,
): string | null {
  if (gate === null) return null
  const calibrations = found
    .filter(({ grader }) => gate.graders.includes(grader))
    .map((one) => [one.grader, one.digest, one.status === 'found' ? one.calibration.id : null])
  return JSON.stringify([calibrations, findCalibrationFailures(gate, found, now).length === 0])
}
