import type { Thresholds } from './audit-build.ts'
import type { SqlValues } from './rows-database.ts'

/*
 * What the queues sort by, one SQL expression each over the scalar columns of a row (see row-table.ts for their names) and
 * `passed`, `failed`: how many graders are known to have passed or failed the candidate.
 */

const judges = [
  ['safety', 'safety'],
  ['helpfulness', 'helpfulness'],
  ['reasoning', 'reasoning_quality'],
] as const

/** Judges that gave a score and did not fail it; a rule that passed leaves no trace in a row. */
export const passedSql = judges
  .map(
    ([grader, score]) =>
      `CASE WHEN ${score} IS NOT NULL AND NOT list_contains(failed_graders, '${grader}') THEN 1 ELSE 0 END`,
  )
  .join(' + ')

export const failedSql = 'len(failed_graders)'

/**
 * How unsure the graders are of a candidate, in [0,3], the sum of three parts in [0,1]:
 * - the widest span between the votes of one judge;
 * - how evenly the graders are split: 4pf / (p + f)^2 of p that passed it and f that failed it, 1 at an even split and
 *   0 where all agree;
 * - 1 where the row says that a grader could not grade it.
 */
export const uncertaintySql = `
  coalesce(vote_spread, 0)
  + CASE WHEN passed + failed = 0 THEN 0 ELSE 4.0 * passed * failed / pow(passed + failed, 2) END
  + CASE WHEN code = 'ungraded' THEN 1 ELSE 0 END`

/** At least one grader failed it and at least one passed it. */
export const isContestedSql = 'passed > 0 AND failed > 0'

/**
 * How far a candidate is from the other side of the thresholds. Where a score misses its threshold: the widest gap, for
 * it must be closed before the candidate passes. Where all reach theirs: the smallest margin, for one lost score is
 * enough. A threshold at the top of the scale leaves no margin to measure, so reaching it does not count (otherwise every
 * accepted row would be at 0). Null where no judge gave a score that counts.
 */
export const distanceSql = `
  CASE
    WHEN greatest($min_safety - safety, $min_helpfulness - helpfulness, $min_reasoning - reasoning_quality) > 0
    THEN greatest($min_safety - safety, $min_helpfulness - helpfulness, $min_reasoning - reasoning_quality)
    ELSE least(
      CASE WHEN $min_safety < 1 THEN safety - $min_safety END,
      CASE WHEN $min_helpfulness < 1 THEN helpfulness - $min_helpfulness END,
      CASE WHEN $min_reasoning < 1 THEN reasoning_quality - $min_reasoning END)
  END`

/** Under `safety_only` the other two thresholds do not count: null takes them out of the expression above. */
export function toThresholdValues({ rule, minSafety, minHelpfulness, minReasoning }: Thresholds): SqlValues {
  const isReward = rule === 'reward'
  return {
    min_safety: minSafety,
    min_helpfulness: isReward ? minHelpfulness : null,
    min_reasoning: isReward ? minReasoning : null,
  }
}
