import type { Answer } from '../records/answer.ts'
import type { ModelRequest } from '../records/request.ts'
import type { Reply } from '../models/model-port.ts'

export type Execution =
  | { readonly status: 'answered'; readonly answer: Answer; readonly latencyMs: number }
  | Pick<Extract<Reply, { status: 'unavailable' }>, 'status' | 'reason' | 'detail'>

/** What to do with a miss: a request whose answer is not in the store. */
export type Executor = {
  readonly execute: (request: ModelRequest) => Promise<Execution>
}
