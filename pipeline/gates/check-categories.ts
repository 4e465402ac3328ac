import { closest } from 'fastest-levenshtein'
import type { Floors, GatesConfig } from '../config/gates-config.ts'
import { UserError } from '../records/user-error.ts'

/**
 * A floor for a category that no policy has would fail every build, and a ceiling none.
 * @throws UserError `config`.
 */
export function checkCategories(
  { acceptance, mixture, minGradingCoverageByCategory }: GatesConfig,
  known: Iterable<string>,
): void {
  const categories = [...known]
  const named = [
    ...keysOf('acceptance.minByCategory', acceptance?.minByCategory),
    ...keysOf('minGradingCoverageByCategory', minGradingCoverageByCategory),
    ...Object.keys(mixture?.categories ?? {}).map((category) => ({ category, key: 'mixture.categories' })),
  ]
  const unknown = named.find(({ category }) => !categories.includes(category))
  if (unknown === undefined) return
  throw new UserError('config', `expected a category of the spec set, got "${unknown.category}"`, {
    where: `gates.${unknown.key}`,
    remedy: `Did you mean "${closest(unknown.category, categories)}"? The spec set has: ${categories.join(', ')}.`,
  })
}

function keysOf(key: string, floors: Floors | null | undefined) {
  if (floors === null || floors === undefined || typeof floors === 'number') return []
  return Object.keys(floors).map((category) => ({ category, key }))
}
