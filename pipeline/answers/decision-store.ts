import type { Decision } from '../records/decision.ts'

/** The port to what people decided. It lives with the answers: both are what cannot be computed again. */
export type DecisionStore = {
  /** Resolves when they are durable; a decision that is there already is not added again. All or none. */
  readonly add: (decisions: readonly Decision[]) => Promise<{ readonly added: number; readonly known: number }>
  /** In order of time. */
  readonly list: (choice?: DecisionChoice) => Promise<readonly Decision[]>
  readonly close: () => Promise<void>
}

export type DecisionChoice = { readonly promptId?: string | undefined; readonly contentDigest?: string | undefined }
