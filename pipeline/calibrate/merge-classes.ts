import type { ConfigProblem } from '../config/load-yaml.ts'
import type { LabelsConfig } from './labels-config.ts'
import type { ClassScale } from './measure-agreement.ts'

export type MergedScale = ClassScale & {
  /** The class that stands for a class of the grader. */
  readonly merge: (name: string) => string
}

/**
 * A grader's classes with some of them merged. Merged classes stay in order only if each takes the place of neighbours.
 */
export function mergeClasses({ classes, isOrdered }: ClassScale, merges: LabelsConfig['classes']): MergedScale {
  const coarse = new Map(Object.entries(merges).flatMap(([name, members]) => members.map((one) => [one, name])))
  const merge = (name: string): string => coarse.get(name) ?? name
  const merged = classes.map(merge)
  const distinct = [...new Set(merged)]
  const areNeighbours = merged.every((name, n) => n === merged.indexOf(name) || merged[n - 1] === name)
  return { classes: distinct, isOrdered: isOrdered && areNeighbours, merge }
}

/** What is wrong with a labels file for a grader with these classes. */
export function findClassFlaws(
  { labels, classes: merges }: LabelsConfig,
  classes: readonly string[],
): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const remedy = `Classes of this grader: ${classes.join(', ')}.`
  for (const [coarse, members] of Object.entries(merges)) {
    for (const [n, member] of members.entries()) {
      if (classes.includes(member)) continue
      problems.push({ path: ['classes', coarse, n], message: `the grader has no class "${member}".`, remedy })
    }
    if (classes.includes(coarse) && !members.includes(coarse)) {
      const message = 'is a class of the grader that is not among those that it stands for.'
      problems.push({ path: ['classes', coarse], message, remedy: 'Give the merged class another name.' })
    }
  }
  for (const [word, name] of Object.entries(labels)) {
    if (classes.includes(name) || Object.hasOwn(merges, name)) continue
    problems.push({ path: ['labels', word], message: `the grader has no class "${name}".`, remedy })
  }
  return problems
}
