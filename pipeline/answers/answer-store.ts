import type { Answer } from '../records/answer.ts'
import type { ModelRequest } from '../records/request.ts'
import type { Retry } from '../records/retry.ts'

/** An answer that was paid for, with the request that bought it. */
export type StoredAnswer = {
  /** {@link digestRequest} of the request. */
  readonly digest: string
  readonly request: ModelRequest
  readonly answer: Answer
  /** `classify`, `generate`, `grade:<grader>`: what it was first asked for. */
  readonly step: string
  readonly category: string | null
  /** ISO 8601, UTC. */
  readonly createdAt: string
  /** Of the try that succeeded. */
  readonly latencyMs: number
}

/** What a model's answers of one step came to, over the whole store. */
export type StepMeasure = {
  readonly step: string
  readonly endpoint: string
  readonly model: string
  readonly category: string | null
  /** Those that came through a Batch API have a measure of their own. */
  readonly via: Answer['via'] | null
  readonly answers: number
  /** Sums over the answers with a usage. */
  readonly promptTokens: number
  readonly cachedPromptTokens: number
  readonly completionTokens: number
  readonly withoutUsage: number
}

export type StoreCounts = { readonly answers: number; readonly surplus: number }

/**
 * The port to stored answers.
 * - `put` resolves when the answer is durable (on disk, synced), with the answer to use: the first one stored for a
 *   digest wins, so two builds on one store agree; a later one is paid for too and is kept as surplus. The same
 *   purchase (answer, time and latency) put again is no second one.
 * - `get` finds the answer of a digest, without its request: the pipeline has that already.
 */
export type AnswerStore = {
  readonly get: (digest: string) => Promise<Answer | null>
  readonly put: (entry: StoredAnswer) => Promise<Answer>
  /** With its request; null when there is none. */
  readonly find: (digest: string) => Promise<StoredAnswer | null>
  /** The newest answer to the same subject ({@link digestSubject}), with its request; null when there is none. */
  readonly findBySubject: (subject: string) => Promise<StoredAnswer | null>
  /** Notes that every try of a request failed; its answer, should it come, clears the note. */
  readonly noteFailure: (digest: string, detail: string, failedAt: string) => Promise<void>
  readonly findFailure: (digest: string) => Promise<string | null>
  /**
   * Adds decisions to ask again; resolves when they are durable. All or none; one of the same request and attempt is not
   * added again.
   */
  readonly addRetries: (retries: readonly Retry[]) => Promise<{ readonly added: number; readonly known: number }>
  /** In order of digest and attempt. */
  readonly listRetries: () => Promise<readonly Retry[]>
  readonly measure: () => Promise<readonly StepMeasure[]>
  /** All entries in order of digest; surplus answers are not among them. */
  readonly entries: () => AsyncIterable<StoredAnswer>
  readonly count: () => Promise<StoreCounts>
  /**
   * Random when the store was made and when answers were dropped from it, the same in between: answers are never
   * changed, so it stands for all that could be found here.
   */
  readonly identify: () => Promise<string>
  readonly close: () => Promise<void>
}

/** Some of a store's answers; a choice of nothing is all of them. */
export type AnswerChoice = {
  /** By {@link StoreHousekeeping.noteUse}. */
  readonly use?: 'used' | 'unused' | undefined
  /** A step, or the first part of its name: `grade` is every `grade:<grader>`. */
  readonly step?: string | undefined
  readonly category?: string | undefined
}

/** What a store holds and no build uses. */
export type UnusedCounts = {
  readonly answers: number
  /** Of these, answers that came after a given time. */
  readonly newer: number
  readonly surplus: number
  /** System texts that no used answer quotes. */
  readonly texts: number
  /** Of all of these, without the file's own overhead. */
  readonly bytes: number
}

/** Reads a store as a whole: builds need none of it. */
export type StoreReading = Pick<
  StoreHousekeeping,
  'noteUse' | 'entries' | 'surplus' | 'listRetries' | 'measure' | 'size' | 'close'
>

/** The port for whoever looks after a store; builds need none of it. */
export type StoreHousekeeping = {
  /** Notes, until closed, which answers are in use. `missing`: digests that have no answer here. */
  readonly noteUse: (digests: AsyncIterable<string>) => Promise<{ readonly used: number; readonly missing: number }>
  /**
   * Notes as in use what people's work rests on, whether or not a build does: candidates that auditors decided about, what
   * judges said when they were calibrated, and answers of syntheses. Returns how many that were not noted before.
   */
  readonly notePeoplesUse: () => Promise<number>
  /** In order of digest; surplus answers are not among them. */
  readonly entries: (choice?: AnswerChoice) => AsyncIterable<StoredAnswer>
  /** Answers to requests that had one already, in order of digest. */
  readonly surplus: () => AsyncIterable<StoredAnswer>
  /** In order of digest and attempt. */
  readonly listRetries: () => Promise<readonly Retry[]>
  readonly measure: (choice?: AnswerChoice) => Promise<readonly StepMeasure[]>
  /** `failures`: requests whose every try failed. `bytes`: on disk. */
  readonly size: () => Promise<StoreCounts & { readonly failures: number; readonly bytes: number }>
  /** @param since ISO 8601, UTC; for `newer`. */
  readonly countUnused: (since: string) => Promise<UnusedCounts>
  /** Drops what no noted use needs, in one transaction, and gives the space back: to the disk, or on PostgreSQL to new answers. */
  readonly dropUnused: () => Promise<void>
  readonly close: () => Promise<void>
}
