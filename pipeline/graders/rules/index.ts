import type { Verdict } from '../../records/verdict.ts'
import { copiesSpec } from './copies-spec.ts'
import { format } from './format.ts'
import { judgementalTone } from './judgemental-tone.ts'
import { languageMismatch } from './language-mismatch.ts'
import { mentionsPolicy } from './mentions-policy.ts'
import { refusalWithoutAlternative } from './refusal-without-alternative.ts'
import type { Rule, RuleInput } from './rule.ts'
import { secretsAndPii } from './secrets-and-pii.ts'
import { truncatedText } from './truncated-text.ts'
import { unknownClauses } from './unknown-clauses.ts'

/** All rule checks, cheapest first. */
export const rules: readonly Rule[] = [
  truncatedText,
  unknownClauses,
  secretsAndPii,
  refusalWithoutAlternative,
  judgementalTone,
  format,
  copiesSpec,
  mentionsPolicy,
  languageMismatch,
]

/** One verdict a rule, in their order. A rule that throws is a bug, so it throws through. */
export function gradeByRules(input: RuleInput, rules: readonly Rule[]): Verdict[] {
  return rules.map((rule) => {
    const finding = rule.check(input)
    const isFail = finding.outcome === 'fail'
    return {
      status: 'graded',
      grader: rule.name,
      version: rule.version,
      kind: 'rule',
      outcome: finding.outcome,
      scores: {},
      labels: {},
      votes: [],
      clauses: [],
      rationale: isFail ? finding.rationale : '',
      evidence: isFail ? finding.evidence : [],
      requests: [],
    }
  })
}
