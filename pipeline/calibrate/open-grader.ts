import { closest } from 'fastest-levenshtein'
import type { Seat } from '../graders/judge-candidate.ts'
import { judges } from '../graders/judges/index.ts'
import { rules } from '../graders/rules/index.ts'
import type { SpecSet } from '../guidance/spec-set.ts'
import type { ModelPort } from '../models/model-port.ts'
import { UserError } from '../records/user-error.ts'
import type { CalibratedGrader } from './calibrated-grader.ts'
import { createJudgeGrader } from './judge-grader.ts'
import { createRefusalGrader, refusalGraderName } from './refusal-grader.ts'
import { createRuleGrader } from './rule-grader.ts'

/** Every grader that can be calibrated. */
export const graderNames: readonly string[] = [refusalGraderName, ...judges.keys(), ...rules.map(({ name }) => name)]

export type GraderSurroundings = {
  /** The judges of the build config; null without one. */
  readonly panel: readonly Seat[] | null
  readonly specs: SpecSet
  readonly models: ModelPort
}

/** @throws UserError `unknown_grader`; `grader_seat` for a judge without a seat, and so without a model. */
export function openGrader(name: string, { panel, specs, models }: GraderSurroundings): CalibratedGrader {
  if (name === refusalGraderName) return createRefusalGrader()
  const rule = rules.find((one) => one.name === name)
  if (rule !== undefined) return createRuleGrader(rule, specs)
  if (!judges.has(name)) {
    throw new UserError('unknown_grader', `expected a grader, got "${name}"`, {
      remedy: `Did you mean "${closest(name, graderNames)}"? All graders: ${graderNames.join(', ')}.`,
    })
  }
  const seat = panel?.find(({ judge }) => judge.name === name)
  if (seat !== undefined) return createJudgeGrader(seat, specs, models)
  const got = panel === null ? 'no build config' : `a panel of ${panel.map(({ judge }) => judge.name).join(', ')}`
  throw new UserError('grader_seat', `expected a build config with the judge "${name}" on its panel, got ${got}`, {
    remedy: 'A judge is its model, templates and votes: name the build config with --config, and seat the judge in it.',
  })
}
