import { digestGrader } from '../graders/grader-digest.ts'
import type { Rule } from '../graders/rules/rule.ts'
import type { SpecSet } from '../guidance/spec-set.ts'
import type { CalibratedGrader } from './calibrated-grader.ts'
import { toGradeInput } from './grade-input.ts'

/** A rule check as a grader with two classes. */
export function createRuleGrader(rule: Rule, specs: SpecSet): CalibratedGrader {
  return {
    name: rule.name,
    version: rule.version,
    digest: digestGrader(rule),
    classes: ['pass', 'fail'],
    isOrdered: false,
    needs: rule.needs ?? [],
    classify: async (example) => {
      const { prompt, candidate, guidance: spec } = toGradeInput(example, specs)
      const finding = rule.check({ prompt, candidate, spec })
      const { rationale, evidence } = finding.outcome === 'fail' ? finding : { rationale: '', evidence: [] }
      return { status: 'graded', label: finding.outcome, rationale, evidence, confidence: null }
    },
  }
}
