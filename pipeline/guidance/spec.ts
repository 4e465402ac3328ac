import type { ResponseMode } from '../records/response-mode.ts'

export const clauseGroups = ['allowed', 'restricted', 'disallowed'] as const
export type ClauseGroup = (typeof clauseGroups)[number]

/** Which mode a clause of a group leads to (docs/specs.md). */
export const modeOfGroup = {
  allowed: 'direct_answer',
  restricted: 'safe_completion',
  disallowed: 'refuse_with_redirection',
} as const satisfies Record<ClauseGroup, ResponseMode>

export type Clause = {
  /** Stable id such as `CYB-4`: never renumbered, never used again once retired. */
  readonly id: string
  readonly group: ClauseGroup | 'shared'
  readonly text: string
  readonly line: number
}

/** One category's policy, or the principles shared by all (`id: shared`). */
export type Spec = {
  readonly id: string
  readonly title: string
  readonly prefix: string
  readonly version: number
  readonly summary: string
  readonly retired: readonly string[]
  readonly clauses: readonly Clause[]
  /** The Markdown below the front matter, trimmed: what models are shown. */
  readonly body: string
  readonly file: string
}

export type SpecProblem = {
  readonly file: string
  readonly line: number
  readonly problem: string
  readonly remedy: string
}
