import type { AnswerStore } from '../answers/answer-store.ts'
import { createAttempts, wasDeclinedBefore, type Attempts } from '../answers/attempts.ts'
import type { Executor } from '../executors/executor.ts'
import type { ModelRequest } from '../records/request.ts'
import type { ModelPort, Purpose, Reply } from './model-port.ts'

/** Told of every reply, for counts, prices and the progress line. */
export type ReplyObserver = (reply: Reply, request: ModelRequest, purpose: Purpose) => void

export type StoredModelPortOptions = {
  readonly store: AnswerStore
  readonly executor: Executor
  readonly observe: ReplyObserver
  /** ISO 8601, UTC. */
  readonly timestamp: () => string
  /** Tells of each digest once whether this run bought its answer, although it is in the store by now. Default: never. */
  readonly isBoughtNow?: (digest: string) => boolean
  /** Which attempt at a request counts. Default: the one that the request names. */
  readonly attempts?: Attempts
}

export type StoredModelPort = ModelPort & {
  /** From now on a miss is not sent. Resolves when every answer that is under way is in the store. */
  readonly settle: () => Promise<void>
}

/**
 * The port the stages see: the store first, the executor on a miss, and no answer is used before it is durable. Equal
 * requests in flight at the same time are sent once.
 */
export function createStoredModelPort({
  store,
  executor,
  observe,
  timestamp,
  isBoughtNow = () => false,
  attempts = createAttempts([]),
}: StoredModelPortOptions): StoredModelPort {
  const inFlight = new Map<string, Promise<Reply>>()
  let isSettling = false

  const answer = async (digest: string, request: ModelRequest, purpose: Purpose): Promise<Reply> => {
    const stored = await store.get(digest)
    if (stored !== null) {
      const known = { status: 'answered', digest, answer: stored } as const
      const isBought = stored.via === 'batch' && isBoughtNow(digest)
      return isBought ? { ...known, fromStore: false, latencyMs: 0 } : { ...known, fromStore: true }
    }
    if (isSettling) return { status: 'unavailable', digest, reason: 'interrupted', detail: 'the build is stopping' }
    const wasDeclined = await wasDeclinedBefore(request, store)
    const execution = await executor.execute(request, { ...purpose, digest, wasDeclined })
    if (execution.status === 'unavailable') {
      if (execution.reason === 'provider_failed') await store.noteFailure(digest, execution.detail, timestamp())
      return { ...execution, digest }
    }
    if (execution.isStored === true) {
      const { answer, latencyMs } = execution
      return { status: 'answered', digest, answer, fromStore: false, latencyMs }
    }
    const used = await store.put({
      digest,
      request,
      answer: execution.answer,
      step: purpose.step,
      category: purpose.category,
      createdAt: timestamp(),
      latencyMs: execution.latencyMs,
    })
    return { status: 'answered', digest, answer: used, fromStore: false, latencyMs: execution.latencyMs }
  }

  return {
    ask: async (asked, purpose) => {
      const { request, digest } = attempts.identify(asked)
      const running = inFlight.get(digest)
      if (running) {
        const reply = await running
        if (reply.status === 'unavailable') return reply
        return nameAttempt({ status: 'answered', digest, answer: reply.answer, fromStore: true }, request)
      }
      const promise = answer(digest, request, purpose)
      inFlight.set(digest, promise)
      try {
        const reply = await promise
        observe(reply, request, purpose)
        return nameAttempt(reply, request)
      } finally {
        inFlight.delete(digest)
      }
    },
    settle: async () => {
      isSettling = true
      await Promise.allSettled(inFlight.values())
    },
  }
}

function nameAttempt(reply: Reply, { attempt }: ModelRequest): Reply {
  return reply.status === 'unavailable' || attempt === undefined ? reply : { ...reply, attempt }
}
