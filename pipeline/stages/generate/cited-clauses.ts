const clauseLike = /\b[A-Z]{2,4}-\d+\b/g

/** Known clause ids in a reasoning, in order of first mention. */
export function findCitedClauses(reasoning: string, clauseIds: ReadonlySet<string>): readonly string[] {
  const found = new Set<string>()
  for (const [id] of reasoning.matchAll(clauseLike)) if (clauseIds.has(id)) found.add(id)
  return [...found]
}
