import type { Disagreement } from '../records/calibration.ts'
import type { Classification } from './calibrated-grader.ts'
import type { LabelledExample } from './label-examples.ts'
import type { ClassScale } from './measure-agreement.ts'

export type GradedExample = {
  readonly example: LabelledExample
  readonly grade: Exclude<Classification, { status: 'unavailable' }>
}

/** So much of a prompt or an answer is kept with a calibration; the location leads to the rest. */
const excerptLength = 2_000

/**
 * The disagreements to read first: the farthest apart, then those of which the grader was surest. Of equal ones the kinds
 * (what people said, what the grader said) take turns, the most frequent first, so that a short list shows each of them.
 */
export function rankDisagreements(
  graded: readonly GradedExample[],
  { classes, isOrdered }: ClassScale,
  limit: number,
): readonly Disagreement[] {
  const found = graded.flatMap(({ example, grade }, order) => {
    if (grade.status === 'ungraded' || grade.label === example.human) return []
    const steps = Math.abs(classes.indexOf(example.human) - classes.indexOf(grade.label))
    const distance = isOrdered ? steps : 1
    return [{ example, grade, distance, order, kind: JSON.stringify([example.human, grade.label]) }]
  })
  const kinds = Map.groupBy(found, ({ kind }) => kind)
  const sizeOf = ({ kind }: { readonly kind: string }): number => kinds.get(kind)?.length ?? 0
  const turns = new Map(
    [...kinds.values()].flatMap((same) =>
      same
        .toSorted((a, b) => confidenceOf(b.grade) - confidenceOf(a.grade) || a.order - b.order)
        .map((one, turn) => [one, turn] as const),
    ),
  )
  const ranked = found.toSorted(
    (a, b) =>
      b.distance - a.distance ||
      confidenceOf(b.grade) - confidenceOf(a.grade) ||
      (turns.get(a) ?? 0) - (turns.get(b) ?? 0) ||
      sizeOf(b) - sizeOf(a) ||
      a.order - b.order,
  )
  return ranked.slice(0, limit).map(({ example, grade, distance }) => ({
    location: example.location,
    human: example.human,
    grader: grade.label,
    distance,
    rationale: excerpt(grade.rationale),
    evidence: grade.evidence.map(excerpt),
    prompt: excerpt(example.messages.at(-1)?.content ?? ''),
    answer: excerpt(example.answer),
  }))
}

function confidenceOf({ confidence }: { readonly confidence: number | null }): number {
  return confidence ?? 1
}

function excerpt(text: string): string {
  return text.length <= excerptLength ? text : `${text.slice(0, excerptLength).toWellFormed()}...`
}
