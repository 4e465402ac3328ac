import type { GradedPrompt } from '../records/grading.ts'
import { findPassedModes } from '../stages/select/select-by-quota.ts'
import type { SelectContext } from '../stages/select/select.ts'
import type { RoundsOptions } from './draw-rounds.ts'
import { isLookedAt, type QuotaRules } from './quota-rules.ts'

/** What passes of a prompt. Where nothing looks at the mode, its best candidate stands for it. */
export function findPassed(
  row: GradedPrompt,
  rules: QuotaRules,
  context: Omit<SelectContext, 'winners'>,
): ReturnType<RoundsOptions['findPassed']> {
  const found = findPassedModes(row, context)
  if (found === null || isLookedAt(rules, 'mode')) return found
  return { ...found, modes: found.modes.slice(0, 1) }
}
