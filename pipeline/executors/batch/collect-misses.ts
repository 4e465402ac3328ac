import { randomUUID } from 'node:crypto'
import type { BatchRequest, DigestHistory } from '../../answers/batch-store.ts'
import { encodeBatchLine } from '../../models/batch-line.ts'
import type { ModelRequest } from '../../records/request.ts'
import type { Execution, Executor, MissPurpose } from '../executor.ts'
import { keyOfLane, toIso, type BatchDeskOptions, type BatchLane } from './batch-lane.ts'

/** What one pass of the pipeline over the store lacked. */
export type Collected = {
  /** Requests that this pass wrote down. */
  readonly planned: number
  /** Batches that hold a request which the pass lacked, those written down just now included. */
  readonly wanted: ReadonlySet<string>
  /** Requests that had all their tries. */
  readonly givenUp: readonly string[]
  /** Requests for which the budget had no room. */
  readonly unaffordable: number
}

export type MissCollector = {
  readonly executor: Executor
  /** Writes down what is left, after the pass. */
  readonly finish: () => Promise<Collected>
}

/** The batch that is being filled for a lane. */
type Filling = { requests: BatchRequest[]; bytes: number; tokens: number }

/** An estimate, for the queue's limit: the server's own count decides. Four bytes a token is OpenAI's rule of thumb. */
const bytesPerToken = 4

const waiting: Execution = { status: 'unavailable', reason: 'batched', detail: 'its batch is under way' }
const interrupted: Execution = { status: 'unavailable', reason: 'interrupted', detail: 'the build is stopping' }
const unaffordable: Execution = { status: 'unavailable', reason: 'budget', detail: 'the budget has no room for it' }

/**
 * The executor of one pass: sends nothing, and writes each miss down for a batch, as soon as a file is full and at the
 * end. A miss that a batch under way holds is not written down again.
 */
export function collectMisses(options: BatchDeskOptions, wave: number): MissCollector {
  const { batches, budget, limits, retries, now } = options
  const lanes = new Map(options.lanes.map((lane) => [keyOfLane(lane), lane] as const))
  const fillings = new Map<BatchLane, Filling>()
  const isAskedInWords = new Map<BatchLane, Promise<boolean>>()
  /** Digests in `fillings`. */
  const pending = new Set<string>()
  const wanted = new Set<string>()
  const givenUp = new Set<string>()
  let [planned, tooDear] = [0, 0]

  const flush = async (lane: BatchLane): Promise<void> => {
    const filling = fillings.get(lane)
    fillings.delete(lane)
    if (filling === undefined) return
    const { requests, bytes, tokens } = filling
    const id = randomUUID()
    const { endpoint, model } = lane
    const batch = { id, build: options.build, wave, endpoint, model, bytes, tokens, createdAt: toIso(now()) }
    const taken = new Set(await batches.plan(batch, requests))
    if (taken.size > 0) wanted.add(id)
    planned += taken.size
    for (const { digest } of requests) {
      pending.delete(digest)
      if (taken.has(digest)) continue
      // Another process was first.
      budget.release(digest)
      const { heldBy } = await batches.lookUp(digest)
      wanted.add(heldBy ?? id)
    }
  }

  const knowsNoForms = (lane: BatchLane): Promise<boolean> => {
    const known =
      isAskedInWords.get(lane) ?? batches.countForms(lane).then(({ inForm, inWords }) => inForm === 0 && inWords > 0)
    isAskedInWords.set(lane, known)
    return known
  }

  const add = async (lane: BatchLane, request: BatchRequest): Promise<void> => {
    const bytes = encodeBatchLine(request).byteLength
    const tokens = Math.ceil(bytes / bytesPerToken)
    const filling = fillings.get(lane)
    if (filling !== undefined && !fits(filling, bytes, tokens, lane, limits)) await flush(lane)
    const { requests, ...sums } = fillings.get(lane) ?? { requests: [], bytes: 0, tokens: 0 }
    requests.push(request)
    fillings.set(lane, { requests, bytes: sums.bytes + bytes, tokens: sums.tokens + tokens })
  }

  const execute = async (request: ModelRequest, { digest, step, category }: MissPurpose): Promise<Execution> => {
    if (retries.drain.aborted) return interrupted
    const lane = lanes.get(keyOfLane(request))
    if (lane === undefined) throw new Error(`no lane for ${keyOfLane(request)}`)
    if (pending.has(digest)) return waiting
    const history = await batches.lookUp(digest)
    if (history.heldBy !== null) {
      wanted.add(history.heldBy)
      return waiting
    }
    if (history.tries >= limits.maxTries) {
      givenUp.add(digest)
      const detail = `no answer after ${history.tries} batches, the last: ${history.detail}`
      return { status: 'unavailable', reason: 'provider_failed', detail }
    }
    const askedAs = isInWords(request, history, await knowsNoForms(lane)) ? 'prompt' : request.structuredOutput
    if (pending.has(digest)) return waiting
    if (!budget.take(digest, request)) {
      tooDear += 1
      return unaffordable
    }
    pending.add(digest)
    await add(lane, { digest, request, askedAs, step, category })
    return waiting
  }

  return {
    executor: { execute },
    finish: async () => {
      for (const lane of fillings.keys()) await flush(lane)
      return { planned, wanted, givenUp: [...givenUp], unaffordable: tooDear }
    },
  }
}

function isInWords({ schema }: ModelRequest, { isFormatRefused }: DigestHistory, knowsNoForms: boolean): boolean {
  return schema !== null && (isFormatRefused || knowsNoForms)
}

function fits(
  filling: Filling,
  bytes: number,
  tokens: number,
  { maxEnqueuedTokens }: BatchLane,
  { requestsPerFile, bytesPerFile }: BatchDeskOptions['limits'],
): boolean {
  return (
    filling.requests.length < requestsPerFile &&
    filling.bytes + bytes <= bytesPerFile &&
    filling.tokens + tokens <= (maxEnqueuedTokens ?? Number.POSITIVE_INFINITY)
  )
}
