import { setTimeout as sleep } from 'node:timers/promises'
import { batchCalls, type BatchedCalls } from '../../answers/batch-calls.ts'
import type { Landed, Outcome, RunRegistry } from '../../answers/postgres-runs.ts'
import type { Tariff } from '../../models/with-budget.ts'
import type { ModelRequest } from '../../records/request.ts'
import type { Execution, Executor, MissPurpose } from '../executor.ts'
import type { JobQueue } from './job-queue.ts'
import { createJobTexts } from './job-texts.ts'
import { keyOf, type Job, type LaneName } from './job.ts'

export type QueueExecutorOptions = {
  readonly queue: JobQueue
  readonly registry: Pick<RunRegistry, 'readMark' | 'poll' | 'close' | 'keepTexts' | 'readTexts'>
  readonly lanes: readonly LaneName[]
  readonly run: string
  /** Null where the run has no budget. */
  readonly tariffOf: (lane: LaneName) => Tariff | null
  /** Aborted: nothing more is begun, and what workers have begun is waited for. */
  readonly drain: AbortSignal
  /** Aborted: nothing is waited for; what workers have begun is stored all the same. */
  readonly stop: AbortSignal
  /** Told when a worker gave up before its model had answered anything in this run. */
  readonly onHopeless: (model: string, detail: string) => void
  readonly onBudget: (detail: string) => void
  /** Told of workers that gave up while others answer. */
  readonly note: (line: string) => void
  readonly now: () => number
}

export type QueueExecutor = Executor & {
  /** Resolves when nothing is waited for any more. */
  readonly settle: () => Promise<void>
}

type Waiter = {
  readonly job: Job
  readonly lane: LaneName
  readonly resolve: (execution: Execution) => void
  /** Outcomes up to this one are of earlier tries. */
  mark: number
  putAtMs: number
}

const shortestPollMs = 20
const longestPollMs = 500
/** A job that is gone without an answer or an outcome (its queue was emptied, say) is put again after so long. */
const putAgainMs = 15_000
/** By then the worker whose outcome was read has deleted the job. */
const afterOutcomeMs = 1000
const putsAtOnce = 500

const interrupted: Execution = { status: 'unavailable', reason: 'interrupted', detail: 'the build is stopping' }

/**
 * Hands misses to workers and takes their answers from the store as they land there. It looks for them by polling, with a
 * back-off: one query for all that is waited for, which needs no connection to be kept up and costs writers no lock, as
 * NOTIFY does at each commit.
 */
export function createQueueExecutor(options: QueueExecutorOptions): QueueExecutor {
  const { queue, registry, lanes, run, tariffOf, drain, stop, onHopeless, onBudget, note, now } = options
  const texts = createJobTexts(registry)
  const waiting = new Map<string, Waiter>()
  const answered = new Set<string>()
  let polling: Promise<void> | null = null
  let failure: unknown = null

  const putters = new Map<string, BatchedCalls<Waiter, true>>(
    lanes.map((lane) => [
      keyOf(lane),
      batchCalls(async (waiters) => {
        const mark = await registry.readMark()
        for (const waiter of waiters) [waiter.mark, waiter.putAtMs] = [mark, now()]
        await queue.put(
          lane,
          waiters.map(({ job }) => job),
        )
        return waiters.map(() => true)
      }, putsAtOnce),
    ]),
  )
  const put = async (waiter: Waiter): Promise<void> => {
    await putters.get(keyOf(waiter.lane))?.call(waiter)
  }
  const end = (digest: string, execution: Execution): void => {
    const waiter = waiting.get(digest)
    waiting.delete(digest)
    waiter?.resolve(execution)
  }
  const land = ({ digest, answer, latencyMs }: Landed): void => {
    const lane = waiting.get(digest)?.lane
    if (lane !== undefined) answered.add(keyOf(lane))
    end(digest, { status: 'answered', answer, latencyMs, isStored: true })
  }
  const hear = ({ id, run: owner, digest, reason, detail }: Outcome): void => {
    const waiter = waiting.get(digest)
    if (waiter === undefined || id <= waiter.mark) return
    waiter.mark = id
    if (reason === 'provider_failed') end(digest, { status: 'unavailable', reason: 'provider_failed', detail })
    else if (reason === 'budget' && owner !== run) {
      // Another run's cap: this one asks again, under its own.
      waiter.putAtMs = now() - putAgainMs + afterOutcomeMs
    } else if (reason === 'budget') {
      onBudget(detail)
      end(digest, { status: 'unavailable', reason: 'budget', detail })
    } else if (answered.has(keyOf(waiter.lane))) note(`A worker gave up on ${waiter.lane.model}: ${detail}`)
    else onHopeless(waiter.lane.model, detail)
  }
  /** Whether anything came. */
  const look = async (): Promise<boolean> => {
    const before = waiting.size
    const digests = [...waiting.keys()]
    const mark = Math.min(...[...waiting.values()].map((waiter) => waiter.mark))
    const { landed, outcomes } = await registry.poll(digests, mark)
    for (const one of landed) land(one)
    for (const one of outcomes) hear(one)
    return waiting.size < before
  }
  const putAgain = async (): Promise<void> => {
    const late = [...waiting.values()].filter(({ putAtMs }) => now() - putAtMs > putAgainMs)
    await Promise.all(late.map(put))
  }
  /** The queued jobs are taken back; those that a worker has begun are waited for. */
  const drainAll = async (): Promise<void> => {
    await registry.close(run)
    while (waiting.size > 0 && !stop.aborted) {
      // Each time: one may have been on its way to the queue.
      for (const lane of lanes) await queue.dropQueued(lane, run)
      const begun = new Set<string>()
      for (const lane of lanes) for (const digest of await queue.listDigests(lane, run)) begun.add(digest)
      await look()
      for (const digest of waiting.keys()) if (!begun.has(digest)) end(digest, interrupted)
      if (waiting.size > 0) await pause(shortestPollMs * 5, stop)
    }
    for (const digest of waiting.keys()) end(digest, interrupted)
  }
  const pollAll = async (): Promise<void> => {
    let pollMs = shortestPollMs
    while (waiting.size > 0 && !drain.aborted) {
      await pause(pollMs, drain)
      if (drain.aborted) break
      pollMs = (await look()) ? shortestPollMs : Math.min(longestPollMs, pollMs * 1.5)
      await putAgain()
    }
    if (waiting.size > 0) await drainAll()
  }
  const startPolling = (): void => {
    polling ??= pollAll()
      .catch((error: unknown) => {
        failure = error
        for (const digest of waiting.keys()) end(digest, interrupted)
      })
      .finally(() => {
        polling = null
        if (waiting.size > 0) startPolling()
      })
  }

  return {
    execute: async (request: ModelRequest, purpose: MissPurpose) => {
      if (failure !== null) throw failure
      if (drain.aborted) return interrupted
      const { endpoint, model } = request
      const lane = { endpoint, model }
      const { digest, step, category } = purpose
      const job: Job = { run, digest, request: await texts.write(request), step, category, tariff: tariffOf(lane) }
      const { promise, resolve } = Promise.withResolvers<Execution>()
      const waiter: Waiter = { job, lane, resolve, mark: 0, putAtMs: now() }
      await put(waiter)
      waiting.set(digest, waiter)
      startPolling()
      const execution = await promise
      if (failure !== null) throw failure
      return execution
    },
    settle: async () => {
      if (polling !== null) await polling
      await registry.close(run)
    },
  }
}

/** Ends early, without an error, when the signal is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}
