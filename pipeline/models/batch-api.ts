import type { BatchLineReading, BatchLineRequest } from './batch-line.ts'

/** A batch as the server tells of it. */
export type RemoteBatch = {
  readonly id: string
  /** `validating`, `in_progress` ...; servers may know others. */
  readonly status: string
  /** The id that we gave it in its metadata; null for a batch that is not ours. */
  readonly intent: string | null
  readonly outputFileId: string | null
  readonly errorFileId: string | null
  /** Requests, as the server counts them; zero where it does not. */
  readonly completed: number
  readonly failed: number
  readonly total: number
  /** Unix seconds. */
  readonly createdAt: number
  /** Unix seconds; null while it is under way. */
  readonly endedAt: number | null
  /** Why the batch as a whole failed. `line` is 1-based, of the input file. */
  readonly errors: readonly { readonly code: string; readonly message: string; readonly line: number | null }[]
}

/**
 * Why a call failed, from status and codes, never from message text:
 * - `retryable`: it may pass. `isUnknown`: the server may have done what was asked all the same;
 * - `no_room`: the queue for this model is full;
 * - `not_found`: no such batch or file;
 * - `no_batches`: the server has no Batch API;
 * - `fatal`: a wrong key, a parameter that the server does not take.
 */
export type BatchFailure =
  | {
      readonly status: 'retryable'
      readonly isUnknown: boolean
      readonly retryAfterMs: number | null
      readonly detail: string
    }
  | { readonly status: 'no_room' | 'not_found' | 'no_batches'; readonly detail: string }
  | { readonly status: 'fatal'; readonly detail: string; readonly remedy: string }

/** With which a full queue is told: OpenAI, in a reply to `create` or as the error of a batch that failed. */
export const noRoomCodes: ReadonlySet<string> = new Set(['token_limit_exceeded', 'batch_queue_limit_exceeded'])

export type BatchResult<T> = { readonly status: 'done'; readonly value: T } | BatchFailure

/** The port to a server's Batch API: one try a call. Rejects only when `signal` is aborted. */
export type BatchApi = {
  /** Returns the file's id. */
  readonly upload: (
    name: string,
    requests: AsyncIterable<BatchLineRequest>,
    signal: AbortSignal,
  ) => Promise<BatchResult<string>>
  readonly create: (
    batch: { readonly fileId: string; readonly intent: string },
    signal: AbortSignal,
  ) => Promise<BatchResult<RemoteBatch>>
  readonly retrieve: (id: string, signal: AbortSignal) => Promise<BatchResult<RemoteBatch>>
  /** Every batch that the key may see. */
  readonly list: (signal: AbortSignal) => Promise<BatchResult<readonly RemoteBatch[]>>
  readonly cancel: (id: string, signal: AbortSignal) => Promise<BatchResult<RemoteBatch>>
  /** Hands over a file line by line, each waited for; gives their number. A line that was cut off is handed over too. */
  readonly download: (
    fileId: string,
    onLine: (line: string) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<BatchResult<number>>
  readonly readLine: (line: string, model: string) => BatchLineReading
}
