import type { SpecSet } from '../guidance/spec-set.ts'
import type { Templates } from '../guidance/load-guidance.ts'
import type { ModelPort, Reply } from '../models/model-port.ts'
import type { Rejection } from '../records/rejection.ts'

/** A row that could not be finished for want of an answer. It is neither accepted nor rejected; a later run takes it up. */
export type OpenRow = {
  readonly promptId: string
  readonly category: string | null
  readonly step: string
  readonly reply: Extract<Reply, { status: 'unavailable' }>
}

/** All impurity that a model stage sees. */
export type StageContext = {
  readonly models: ModelPort
  readonly specs: SpecSet
  readonly templates: Templates
  readonly reject: (rejection: Rejection) => void
  readonly leaveOpen: (row: OpenRow) => void
  /** How many rows a stage works on at once. */
  readonly rowsInFlight: number
  /** Pass on a prompt's known candidates when another one is missing: for a plan, which looks at all it can see. */
  readonly takesPartialPrompts: boolean
}
