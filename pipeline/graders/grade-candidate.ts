import { judgeCandidate, type Seat } from './judge-candidate.ts'
import type { JudgeInput } from './judges/judge.ts'
import { gradeByRules } from './rules/index.ts'
import type { Rule } from './rules/rule.ts'
import type { CategoryGuidance } from '../guidance/spec-set.ts'
import type { ModelPort, Reply } from '../models/model-port.ts'
import type { Candidate } from '../records/candidate.ts'
import type { GradedCandidate, GradeFailure } from '../records/grading.ts'
import type { ClassifiedPrompt } from '../records/prompt.ts'
import type { Verdict } from '../records/verdict.ts'

export type GradeSettings = {
  readonly rules: readonly Rule[]
  /** In the order in which they are paid: a candidate that one stops is not shown to the next. */
  readonly panel: readonly Seat[]
  /** Told when an answer is missing: from which seat on a candidate's verdicts are not known. A plan looks ahead. */
  readonly onStall?: (input: JudgeInput, seatsLeft: readonly Seat[]) => Promise<void>
}

type Unavailable = Extract<Reply, { status: 'unavailable' }>

/** Grades one candidate: free rule checks first, then the judges in order, stopping at the first failure. */
export async function gradeCandidate(
  prompt: ClassifiedPrompt,
  candidate: Candidate,
  guidance: CategoryGuidance,
  settings: GradeSettings,
  models: ModelPort,
): Promise<GradedCandidate | Unavailable> {
  if (candidate.status === 'unwritten') return { candidate, verdicts: [], failure: null }
  const spec = guidance
  // A rule that passed says no more than that it ran, and the manifest says that of all rows at once.
  const verdicts: Verdict[] = gradeByRules({ prompt, candidate, spec }, settings.rules).filter(isFailure)
  const ruleFailure = findRuleFailure(verdicts)
  if (ruleFailure !== null) return { candidate, verdicts, failure: ruleFailure }
  return await askPanel({ prompt, candidate, guidance }, verdicts, settings, models)
}

async function askPanel(
  input: JudgeInput,
  verdicts: Verdict[],
  { panel, onStall }: GradeSettings,
  models: ModelPort,
): Promise<GradedCandidate | Unavailable> {
  const { candidate } = input
  for (const [n, seat] of panel.entries()) {
    const outcome = await judgeCandidate(seat, input, models)
    if (outcome.status === 'unavailable') {
      await onStall?.(input, panel.slice(n))
      return outcome.reply
    }
    verdicts.push(outcome.verdict)
    if (outcome.isStopped) return { candidate, verdicts, failure: describeStop(seat, outcome.verdict) }
  }
  return { candidate, verdicts, failure: null }
}

function isFailure(verdict: Verdict): boolean {
  return verdict.status === 'graded' && verdict.outcome === 'fail'
}

function findRuleFailure(verdicts: readonly Verdict[]): GradeFailure | null {
  const [first] = verdicts
  if (first?.status !== 'graded') return null
  return { code: 'rule_failed', detail: `${verdicts.map((verdict) => verdict.grader).join(', ')}: ${first.rationale}` }
}

function describeStop({ judge, stopBelow }: Seat, verdict: Verdict): GradeFailure {
  if (verdict.status === 'ungraded') {
    return { code: 'ungraded', detail: `${judge.name} could not be graded (${verdict.reason}): ${verdict.detail}` }
  }
  const score = verdict.scores[judge.mainScore]
  return { code: judge.failureCode, detail: `${judge.mainScore} ${score} is below ${stopBelow}: ${verdict.rationale}` }
}
