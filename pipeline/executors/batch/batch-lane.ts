import type { BatchStore, StoredBatch } from '../../answers/batch-store.ts'
import type { BatchApi } from '../../models/batch-api.ts'
import type { BatchRetries } from '../../models/retry-batch-call.ts'
import type { ModelRequest } from '../../records/request.ts'
import { UserError } from '../../records/user-error.ts'
import type { WaveBudget } from './wave-budget.ts'

/** One model at one endpoint, with its Batch API. */
export type BatchLane = {
  readonly endpoint: string
  readonly model: string
  readonly api: BatchApi
  /** Tokens in batches under way at the most, estimated; null where only the server counts. */
  readonly maxEnqueuedTokens: number | null
}

/** What everything that works on batches needs. */
export type BatchDeskOptions = {
  readonly lanes: readonly BatchLane[]
  readonly batches: BatchStore
  readonly budget: WaveBudget
  /** Of the build that asks. */
  readonly build: string
  /** Tells this run's answers from those of earlier ones. */
  readonly run: string
  readonly limits: {
    readonly requestsPerFile: number
    readonly bytesPerFile: number
    /** Failed tries of one request before a run gives it up. */
    readonly maxTries: number
    /** The server ends a batch within it. */
    readonly windowMs: number
    /** So long after a submit that was cut off its batch may still come up at the server. */
    readonly submitGraceMs: number
    /** Longest time between two looks at batches under way. */
    readonly pollMs: number
  }
  readonly retries: BatchRetries
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** A line for the user. */
  readonly note: (line: string) => void
}

export type LaneKey = Pick<ModelRequest, 'endpoint' | 'model'>

export function keyOfLane({ endpoint, model }: LaneKey): string {
  return `${endpoint} ${model}`
}

export function toIso(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

/** A batch as a user reads of it. */
export function describeBatch({ remoteId, id, model, requests }: StoredBatch): string {
  return `${remoteId ?? id} (${model}, ${requests} requests)`
}

/** What ends a run's sending for the provider's sake: `provider` is for the user to mend, `provider_down` may pass. */
export class BatchTrouble extends UserError {}

export function createTrouble(
  code: 'provider' | 'provider_down',
  detail: string,
  { endpoint }: LaneKey,
  remedy = 'Check the server, then run again: batches under way go on, and what was answered is kept.',
): BatchTrouble {
  return new BatchTrouble(code, detail, { where: endpoint, remedy })
}
