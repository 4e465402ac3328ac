import type { ClassifiedPrompt } from '../../records/prompt.ts'
import type { WrittenCandidate } from '../../records/candidate.ts'
import type { ExampleField } from '../example-field.ts'

export type RuleInput = {
  readonly prompt: ClassifiedPrompt
  readonly candidate: WrittenCandidate
  readonly spec: {
    /** All clause ids that the candidate may cite (shared principles and its category's clauses). */
    readonly clauseIds: ReadonlySet<string>
    /** Clause prefixes of the whole spec set: an id with one of them claims to be a clause. */
    readonly prefixes: ReadonlySet<string>
    /** The whole spec text that the generator saw. */
    readonly text: string
  }
}

/** Pass, or fail with what shows it. A rule costs nothing and never fails to grade. */
export type RuleFinding =
  | { readonly outcome: 'pass' }
  | { readonly outcome: 'fail'; readonly rationale: string; readonly evidence: readonly string[] }

/** A rule check: pure, synchronous, deterministic. Bump `version` when its findings may change. */
export type Rule = {
  readonly name: string
  readonly version: number
  /** One sentence: what it finds and why that row is unfit for training. */
  readonly about: string
  /** What an example labelled by people must have besides conversation and answer to try the rule on it; default: nothing. */
  readonly needs?: readonly ExampleField[]
  /** Loads what `check` would load at its first call; a build has it before it begins, a command that checks nothing never. */
  readonly load?: () => void
  readonly check: (input: RuleInput) => RuleFinding
}
