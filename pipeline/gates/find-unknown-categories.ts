import { closest } from 'fastest-levenshtein'
import type { Floors, GatesConfig } from '../config/gates-config.ts'
import type { ConfigProblem } from '../config/load-yaml.ts'

/** A floor for a category that no policy has would fail every build, and a ceiling none. */
export function findUnknownCategories(
  { acceptance, mixture, minGradingCoverageByCategory }: GatesConfig,
  known: Iterable<string>,
): readonly ConfigProblem[] {
  const categories = [...known]
  const named = [
    ...listFloors(['acceptance', 'minByCategory'], acceptance?.minByCategory),
    ...listFloors(['minGradingCoverageByCategory'], minGradingCoverageByCategory),
    ...Object.keys(mixture?.categories ?? {}).map((category) => ['mixture', 'categories', category]),
  ]
  return named.flatMap((path) => {
    const category = path.at(-1) ?? ''
    if (categories.includes(category)) return []
    const message = `expected a category of the spec set, got "${category}".`
    const remedy = `Did you mean "${closest(category, categories)}"? The spec set has: ${categories.join(', ')}.`
    return [{ path: ['gates', ...path], message, remedy }]
  })
}

function listFloors(path: readonly string[], floors: Floors | null | undefined): readonly (readonly string[])[] {
  if (floors === null || floors === undefined || typeof floors === 'number') return []
  return Object.keys(floors).map((category) => [...path, category])
}
