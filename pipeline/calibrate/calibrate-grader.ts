import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import pMap from 'p-map'
import type { Calibration } from '../records/calibration.ts'
import type { CalibratedGrader, Classification } from './calibrated-grader.ts'
import type { LabelledExample, LabelledSet } from './label-examples.ts'
import { measureAgreement } from './measure-agreement.ts'
import { rankDisagreements, type GradedExample } from './rank-disagreements.ts'

export type CalibrationOptions = {
  /** Examples that are graded at once. */
  readonly inFlight: number
  /** So many disagreements are kept to read. */
  readonly worst: number
  /** Of the policies in force; kept with the result of a grader that reads them. */
  readonly specSetDigest: string | null
  /** ISO 8601, UTC. */
  readonly timestamp: () => string
  readonly onProgress: (done: number) => void
}

type Unavailable = Extract<Classification, { status: 'unavailable' }>['reply']

/** Figures over some of the examples would look like those of all: a run with open examples has none. */
export type CalibrationRun =
  | { readonly status: 'measured'; readonly calibration: Calibration }
  | { readonly status: 'incomplete'; readonly examples: number; readonly open: readonly OpenExample[] }

export type OpenExample = { readonly location: string; readonly reply: Unavailable }

/** Shows a grader every example of a labelled set and compares what it says with what people said. */
export async function calibrateGrader(
  grader: CalibratedGrader,
  labelled: LabelledSet,
  options: CalibrationOptions,
): Promise<CalibrationRun> {
  const { scale, examples } = labelled
  let done = 0
  const grades = await pMap(
    examples,
    async (example) => {
      const grade = await gradeExample(grader, example, labelled)
      done += 1
      options.onProgress(done)
      return { example, grade }
    },
    { concurrency: options.inFlight },
  )
  const open = grades.flatMap(({ example: { location }, grade }) =>
    grade.status === 'unavailable' ? [{ location, reply: grade.reply }] : [],
  )
  if (open.length > 0) return { status: 'incomplete', examples: examples.length, open }
  const graded = grades.flatMap(({ example, grade }) => (grade.status === 'unavailable' ? [] : [{ example, grade }]))
  const body: Omit<Calibration, 'id'> = {
    grader: grader.name,
    version: grader.version,
    graderDigest: grader.digest,
    labels: { name: labelled.name, digest: labelled.digest },
    part: labelled.part,
    specSetDigest: grader.needs.includes('category') ? options.specSetDigest : null,
    measuredAt: options.timestamp(),
    counts: {
      read: labelled.read,
      ignored: { ...labelled.ignored },
      ungraded: countReasons(graded),
      copies: examples.length - new Set(examples.map(({ id }) => id)).size,
    },
    agreement: measureAgreement(toPairs(graded), scale),
    slices: measureSlices(graded, labelled),
    disagreements: rankDisagreements(graded, scale, options.worst),
  }
  const id = `k_${hash('sha256', canonicalize(body) ?? '').slice(0, 20)}`
  return { status: 'measured', calibration: { id, ...body } }
}

async function gradeExample(
  grader: CalibratedGrader,
  example: LabelledExample,
  { scale }: LabelledSet,
): Promise<GradedExample['grade'] | Extract<Classification, { status: 'unavailable' }>> {
  const missing = grader.needs.filter((field) => example[field] === null)
  if (missing.length > 0) {
    return { status: 'ungraded', reason: 'missing_field', detail: `the example has no ${missing.join(', no ')}` }
  }
  const grade = await grader.classify(example)
  return grade.status === 'graded' ? { ...grade, label: scale.merge(grade.label) } : grade
}

function toPairs(
  graded: readonly GradedExample[],
): readonly { readonly first: string; readonly second: string | null }[] {
  return graded.map(({ example, grade }) => ({
    first: example.human,
    second: grade.status === 'graded' ? grade.label : null,
  }))
}

function countReasons(graded: readonly GradedExample[]): Calibration['counts']['ungraded'] {
  const counts: Calibration['counts']['ungraded'] = {}
  for (const { grade } of graded) {
    if (grade.status === 'ungraded') counts[grade.reason] = (counts[grade.reason] ?? 0) + 1
  }
  return counts
}

/** By field in the order of the labels file, then by value, the one with most examples first. */
function measureSlices(graded: readonly GradedExample[], { scale }: LabelledSet): Calibration['slices'] {
  const fields = Object.keys(graded[0]?.example.slices ?? {})
  return fields.flatMap((field) => {
    const groups = Map.groupBy(graded, ({ example }) => example.slices[field] ?? '')
    return [...groups]
      .toSorted(([a, first], [b, second]) => second.length - first.length || (a < b ? -1 : 1))
      .map(([value, group]) => ({ field, value, agreement: measureAgreement(toPairs(group), scale) }))
  })
}
