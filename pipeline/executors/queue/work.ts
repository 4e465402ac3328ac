import { setTimeout as sleep } from 'node:timers/promises'
import type { RunRegistry } from '../../answers/postgres-runs.ts'
import type { ModelPort } from '../../models/model-port.ts'
import type { UserError } from '../../records/user-error.ts'
import type { JobQueue, TakenJob } from './job-queue.ts'
import { createJobTexts } from './job-texts.ts'
import type { Job, LaneName } from './job.ts'

export type WorkerLane = LaneName & { readonly concurrency: number }

export type WorkOptions = {
  readonly queue: JobQueue
  readonly registry: Pick<RunRegistry, 'findOpen' | 'addOutcome' | 'keepTexts' | 'readTexts'>
  readonly lanes: readonly WorkerLane[]
  /** The store first, then the server; an answer is durable when `ask` resolves. */
  readonly models: ModelPort
  /** Told before a job's request is sent and after. */
  readonly onStart: (job: Job) => void
  readonly onEnd: (job: Job) => void
  /** Resolves when what the answers so far came to is written down. */
  readonly flush: () => Promise<void>
  /** Why sending on is pointless; null while it is not. */
  readonly hopeless: () => UserError | null
  /** Aborted: no job is taken any more, those under way are finished. */
  readonly drain: AbortSignal
}

const shortestPollMs = 20
const longestPollMs = 1000
/** Often enough that a worker counts as dead only after many that failed. */
const heartbeatMs = 3000

/**
 * Takes jobs and does them until it is drained. A job goes away only after its answer is in the store, or its outcome
 * noted; a worker that is killed before leaves it to be done by another, which looks into the store first.
 */
export async function work(options: WorkOptions): Promise<void> {
  const { queue, registry, lanes, models, onStart, onEnd, flush, hopeless, drain } = options
  const texts = createJobTexts(registry)

  const doJob = async (lane: LaneName, taken: TakenJob): Promise<void> => {
    const { job } = taken
    const { run, digest, step, category } = job
    onStart(job)
    try {
      const reply = await models.ask(await texts.read(job.request), { step, category })
      await flush()
      if (reply.status === 'answered') return await queue.finish(lane, taken)
      const trouble = hopeless()
      if (reply.reason === 'budget' && !drain.aborted) {
        const isOpen = (await registry.findOpen([run])).has(run)
        if (isOpen) await registry.addOutcome({ run, digest, reason: 'budget', detail: reply.detail })
      } else if (reply.reason === 'provider_failed' && trouble === null) {
        await registry.addOutcome({ run, digest, reason: 'provider_failed', detail: reply.detail })
      } else {
        // Whatever its own end was: a coordinator without another worker would wait and not know why.
        if (trouble !== null) {
          await registry.addOutcome({ run, digest, reason: 'hopeless', detail: trouble.message })
        }
        return await queue.giveBack(lane, taken)
      }
      return await queue.finish(lane, taken)
    } finally {
      onEnd(job)
    }
  }

  const pump = async (lane: WorkerLane): Promise<void> => {
    const active = new Map<TakenJob, Promise<void>>()
    const heartbeat = setInterval(() => {
      // The next one makes up for one that fails; a worker that sends none for long loses its jobs, as it should.
      queue.keepAlive(lane, [...active.keys()]).catch(() => undefined)
    }, heartbeatMs)
    let pollMs = shortestPollMs
    const failed = new AbortController()
    const ending = AbortSignal.any([drain, failed.signal])
    const begin = (taken: TakenJob): void => {
      const done = doJob(lane, taken)
        .catch((error: unknown) => failed.abort(error))
        .finally(() => active.delete(taken))
      active.set(taken, done)
    }
    try {
      while (!ending.aborted) {
        const room = lane.concurrency - active.size
        const taken = room > 0 ? await queue.take(lane, room) : []
        if (taken.length > 0) {
          const open = await registry.findOpen([...new Set(taken.map(({ job }) => job.run))])
          for (const one of taken) {
            if (open.has(one.job.run)) begin(one)
            else await queue.finish(lane, one)
          }
        }
        pollMs = taken.length > 0 ? shortestPollMs : Math.min(longestPollMs, pollMs * 1.5)
        if (taken.length < room || room === 0) await pause(pollMs, ending, room === 0 ? active.values() : [])
      }
    } finally {
      await Promise.all(active.values())
      clearInterval(heartbeat)
    }
    failed.signal.throwIfAborted()
  }

  await Promise.all(lanes.map(pump))
}

/** Ends when the time is over, the signal is aborted, or one of the promises resolves. */
async function pause(ms: number, signal: AbortSignal, promises: Iterable<Promise<void>>): Promise<void> {
  const awake = new AbortController()
  const either = AbortSignal.any([signal, awake.signal])
  if (signal.aborted) return
  const timer = sleep(ms, undefined, { signal: either }).catch(() => undefined)
  await Promise.race([timer, ...promises])
  awake.abort()
}
