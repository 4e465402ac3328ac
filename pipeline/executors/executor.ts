import type { Answer } from '../records/answer.ts'
import type { ModelRequest } from '../records/request.ts'
import type { Purpose, Reply } from '../models/model-port.ts'

export type Execution =
  | {
      readonly status: 'answered'
      readonly answer: Answer
      readonly latencyMs: number
      /** Whoever got it has put it into the store: it is not put there again. */
      readonly isStored?: boolean
    }
  | Pick<Extract<Reply, { status: 'unavailable' }>, 'status' | 'reason' | 'detail'>

/** What a miss is for, for an executor whose answers come back when nobody waits for them any more. */
export type MissPurpose = Purpose & {
  readonly digest: string
  /** The request was declined, and is asked again. */
  readonly wasDeclined?: boolean
}

/** What to do with a miss: a request whose answer is not in the store. */
export type Executor = {
  readonly execute: (request: ModelRequest, purpose: MissPurpose) => Promise<Execution>
}
