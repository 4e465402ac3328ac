import { hash } from 'node:crypto'
import { describeProblems } from '../config/load-yaml.ts'
import type { CalibrationPart } from '../records/calibration.ts'
import { UserError } from '../records/user-error.ts'
import type { CalibratedGrader } from './calibrated-grader.ts'
import type { Example } from './example.ts'
import { isHeldOut } from './hold-out.ts'
import { labelsFile, type LoadedLabels } from './load-labels.ts'
import { findClassFlaws, mergeClasses, type MergedScale } from './merge-classes.ts'

/** An example with the class that people put it into. */
export type LabelledExample = Example & { readonly human: string }

export type LabelledSet = {
  readonly name: string
  /** Of all that was read from the files, in both parts, and of how it was mapped. */
  readonly digest: string
  readonly part: CalibrationPart
  readonly scale: MergedScale
  readonly examples: readonly LabelledExample[]
  /** Rows of the files. */
  readonly read: number
  /** Word to number of examples of the part that were left out. */
  readonly ignored: Readonly<Record<string, number>>
}

/**
 * Gives examples their classes, and leaves the other part out.
 * @param part null: what the labels file says, or all of it.
 * @throws UserError `labels` where the file does not go with the grader or names no such part; `unmapped_labels` for words
 * that are neither mapped nor ignored.
 */
export function labelExamples(
  labels: LoadedLabels,
  grader: Pick<CalibratedGrader, 'name' | 'classes' | 'isOrdered' | 'needs'>,
  part: CalibrationPart | null,
): LabelledSet {
  const { config, examples, locate } = labels
  checkMapping(labels, grader)
  checkWords(labels, grader.classes)
  const chosen = part ?? config.holdOut?.part ?? 'all'
  if (chosen !== 'all' && config.holdOut === undefined) {
    throw new UserError('labels', `expected a labels file with "holdOut" for the part "${chosen}", got one without`, {
      where: locate([]),
      remedy: 'Add `holdOut: { share: 0.5 }`, or measure all of it.',
    })
  }
  const share = config.holdOut?.share ?? 0
  const inPart = examples.filter((one) => chosen === 'all' || isHeldOut(one, share) === (chosen === 'held-out'))
  const scale = mergeClasses(grader, config.classes)
  const ignored = new Set(config.ignore)
  return {
    name: config.name,
    digest: digestLabels(labels),
    part: chosen,
    scale,
    examples: inPart
      .filter(({ word }) => !ignored.has(word))
      .map((example) => ({ ...example, human: scale.merge(config.labels[example.word] ?? '') })),
    read: examples.length,
    ignored: countWords(inPart.filter(({ word }) => ignored.has(word))),
  }
}

function checkMapping(
  { config, locate }: LoadedLabels,
  { name, classes, needs }: Pick<CalibratedGrader, 'name' | 'classes' | 'needs'>,
): void {
  const missing = needs
    .filter((field) => config.fields[field] === undefined)
    .map((field) => ({
      path: ['fields'],
      message: `the grader ${name} reads "${field}", which is not mapped.`,
      remedy: `Add \`${field}\`: a field name${field === 'reasoning' ? '' : ', {field, map, default} or {value}'}.`,
    }))
  const problems = [...missing, ...findClassFlaws(config, classes)]
  if (problems.length > 0) throw describeProblems(problems, labelsFile, locate)
}

function checkWords({ config, examples, locate }: LoadedLabels, classes: readonly string[]): void {
  const unmapped = examples.filter(({ word }) => !Object.hasOwn(config.labels, word) && !config.ignore.includes(word))
  if (unmapped.length === 0) return
  const words = Object.entries(countWords(unmapped)).map(([word, count]) => `"${word}" ${count}`)
  const [first] = unmapped
  throw new UserError(
    'unmapped_labels',
    `expected every label under \`labels\` or \`ignore\`, got others: ${words.join(', ')} (the first at ${first?.location})`,
    {
      where: locate(['labels']),
      remedy: `Map each to a class (${[...classes, ...Object.keys(config.classes)].join(', ')}), or list it under \`ignore\`.`,
    },
  )
}

function countWords(examples: readonly Example[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const { word } of examples) counts.set(word, (counts.get(word) ?? 0) + 1)
  return Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a))
}

function digestLabels({ config, examples }: LoadedLabels): string {
  const { labels, ignore, classes, holdOut = null } = config
  const rows = examples.map((one) => [
    one.id,
    one.word,
    one.reasoning,
    one.category,
    one.intent,
    one.mode,
    one.language,
  ])
  return hash('sha256', JSON.stringify([labels, ignore, classes, holdOut?.share ?? null, rows]))
}
