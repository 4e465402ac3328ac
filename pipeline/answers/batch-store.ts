import type { ModelRequest } from '../records/request.ts'

/*
 * What is known of batches at a provider. A batch's states:
 *
 *   planned     its requests are written down; nothing of it was sent
 *   submitting  it may or may not exist at the provider
 *   submitted   the provider's id is known; it may still answer
 *   settled     the provider ended it, and every answer that it had is stored
 *
 *   planned -> submitting -> submitted -> settled
 *   planned -> dropped: nobody submits it; submitting -> dropped: it turned out not to exist
 *   submitting, submitted -> planned: the provider had no room for it, and did nothing
 *
 * Until a batch is settled or dropped it holds its requests: no other batch takes them. Steps forward are compare-and-set,
 * so of two processes on one store only one makes each.
 */

export const batchStates = ['planned', 'submitting', 'submitted', 'settled'] as const
export type BatchState = (typeof batchStates)[number]

export type StoredBatch = {
  /** Ours. */
  readonly id: string
  /** 1-based; another one each time the provider had no room for it. */
  readonly attempt: number
  readonly build: string
  /** 1-based, of that build. */
  readonly wave: number
  readonly endpoint: string
  readonly model: string
  readonly state: BatchState
  readonly requests: number
  readonly bytes: number
  readonly tokens: number
  /** ISO 8601, UTC, as all times here. */
  readonly createdAt: string
  readonly leaseUntil: string | null
  readonly fileId: string | null
  readonly remoteId: string | null
  readonly remoteStatus: string | null
  readonly submittedAt: string | null
  readonly settledAt: string | null
  readonly answered: number
  readonly detail: string
}

export type BatchRequest = {
  readonly digest: string
  readonly request: ModelRequest
  /** How its schema is asked for: in words where the server turned the request's own way down. */
  readonly askedAs: ModelRequest['structuredOutput']
  readonly step: string
  readonly category: string | null
}

export type PlannedBatch = Pick<
  StoredBatch,
  'id' | 'build' | 'wave' | 'endpoint' | 'model' | 'bytes' | 'tokens' | 'createdAt'
>

/**
 * How a request ended that has no answer.
 * - `failed`: a try that counts; - `format_refused`: its `response_format` was turned down; - `unsent`: never tried.
 */
export type RequestFailure = {
  readonly digest: string
  readonly outcome: 'failed' | 'format_refused' | 'unsent'
  readonly detail: string
}

export type Settlement = {
  readonly remoteStatus: string
  readonly settledAt: string
  /** The run that stored the answers. */
  readonly fetchedBy: string
  /** Every request that is not among them was answered. */
  readonly failures: readonly RequestFailure[]
  readonly inForm: number
  readonly inWords: number
  readonly detail: string
}

/** The name under which a provider knows a batch of ours: what a crash hides is found again by it. */
export function nameIntent({ id, attempt }: Pick<StoredBatch, 'id' | 'attempt'>): string {
  return `${id}.${attempt}`
}

/** What batches know of a digest. */
export type DigestHistory = {
  /** The batch that holds it, whose answer may still come; null when none does. */
  readonly heldBy: string | null
  /** Tries that failed since the last time a run gave it up. */
  readonly tries: number
  /** Of the last of these. */
  readonly detail: string
  /** The server turned its `response_format` down. */
  readonly isFormatRefused: boolean
}

/** The port to batches under way. Writes resolve when they are durable. */
export type BatchStore = {
  /**
   * Writes a batch down, with those of its requests that no other batch holds and that have no answer yet. Returns the
   * digests of these; none: the batch was not written.
   */
  readonly plan: (batch: PlannedBatch, requests: readonly BatchRequest[]) => Promise<readonly string[]>
  /** planned -> submitting; false when another process was first. */
  readonly startSubmit: (id: string, leaseUntil: string) => Promise<boolean>
  /** False when another process took the batch for lost, and dropped or adopted it. */
  readonly renewLease: (id: string, leaseUntil: string) => Promise<boolean>
  readonly noteFile: (id: string, fileId: string) => Promise<void>
  /** submitting -> submitted; false when the batch was dropped, or is known under another id of the provider's. */
  readonly noteSubmitted: (id: string, remoteId: string, submittedAt: string) => Promise<boolean>
  readonly noteStatus: (id: string, remoteStatus: string) => Promise<void>
  /** Back to planned, as another attempt: the provider had no room for it. Its requests and its file stay. */
  readonly replan: (id: string) => Promise<void>
  /** Forgets a batch that does not exist at the provider, if it is still in this state; false otherwise. */
  readonly drop: (id: string, state: 'planned' | 'submitting') => Promise<boolean>
  readonly settle: (id: string, settlement: Settlement) => Promise<void>
  /** Oldest first. */
  readonly list: (states?: readonly BatchState[]) => Promise<readonly StoredBatch[]>
  /** In a stable order. */
  readonly requests: (id: string) => AsyncIterable<BatchRequest>
  readonly findRequest: (id: string, digest: string) => Promise<BatchRequest | null>
  /** In the order of {@link requests}. */
  readonly digests: (id: string) => Promise<readonly string[]>
  readonly lookUp: (digest: string) => Promise<DigestHistory>
  /** A run ends without the answers to these: their tries are forgotten, so that a later run tries anew. */
  readonly giveUp: (digests: readonly string[]) => Promise<void>
  /** Starts to tell, of each digest once, whether a batch that this run settled answered it. */
  readonly tellFetched: (run: string) => (digest: string) => boolean
  /** Generations for a schema, over all settled batches of a model: whether the server takes `response_format`. */
  readonly countForms: (model: Pick<StoredBatch, 'endpoint' | 'model'>) => Promise<{
    readonly inForm: number
    readonly inWords: number
  }>
  readonly close: () => Promise<void>
}
