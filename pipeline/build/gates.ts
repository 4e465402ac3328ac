import type { BuildConfig } from '../config/build-config.ts'
import type { BuildCounts } from './build-counts.ts'

/** Why a whole build must not be published: one sentence a failed gate. */
export function findFailedGates(
  counts: BuildCounts,
  gates: Pick<BuildConfig['gates'], 'minGradingCoverage'>,
): readonly string[] {
  const failed: string[] = []
  const coverage = counts.judged === 0 ? 1 : (counts.judged - counts.ungraded) / counts.judged
  if (coverage < gates.minGradingCoverage) {
    failed.push(
      `grading coverage ${coverage.toFixed(4)} is below ${gates.minGradingCoverage}: ${counts.ungraded} of ${counts.judged} judged candidates have a judge that gave no verdict`,
    )
  }
  if (counts.accepted === 0) failed.push('no candidate was accepted, so there is no shard to publish')
  return failed
}
