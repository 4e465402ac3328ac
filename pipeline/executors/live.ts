import PQueue from 'p-queue'
import type { Provider, ProviderOutcome } from '../models/provider.ts'
import type { ModelRequest } from '../records/request.ts'
import { UserError } from '../records/user-error.ts'
import type { Execution, Executor } from './executor.ts'

/** One model at one endpoint, with its own limit of requests in flight. */
export type Lane = {
  readonly endpoint: string
  readonly model: string
  /** One attempt with its retries behind it. */
  readonly provider: Provider
  readonly concurrency: number
}

export type LiveOptions = {
  readonly lanes: readonly Lane[]
  /** Aborted: nothing new is sent, what is in flight finishes and is stored. */
  readonly drain: AbortSignal
  /** Aborted: what is in flight is given up. */
  readonly stop: AbortSignal
  /** Told once, when sending on is pointless: a wrong key, an unknown model, a server that is down. */
  readonly onHopeless: (error: UserError) => void
  readonly now: () => number
}

/** So many requests in a row that failed after all their tries mean that the server is down. */
const failuresInARow = 20

/**
 * A server turns down one request with these, for its length or its content, and takes the next: the row stays open and
 * the build goes on. A request shape that the server never takes ends the run by {@link failuresInARow}.
 */
const rowStatuses: ReadonlySet<number | null> = new Set([400, 413, 422])

/**
 * Sends misses at once, through one queue a lane. The stages bound the number of rows in flight, so a queue never holds
 * more than those rows' requests.
 */
export function createLiveExecutor({ lanes, drain, stop, onHopeless, now }: LiveOptions): Executor {
  const byKey = new Map(
    lanes.map((lane) => [keyOf(lane), { lane, queue: new PQueue({ concurrency: lane.concurrency }) }] as const),
  )
  let failures = 0

  const attempt = async (provider: Provider, request: ModelRequest): Promise<Execution> => {
    if (drain.aborted || stop.aborted) return interrupted
    const start = now()
    const outcome = await send(provider, request, stop)
    if (outcome === 'stopped') return interrupted
    if (outcome.status === 'answered') {
      failures = 0
      return { status: 'answered', answer: outcome.answer, latencyMs: Math.round(now() - start) }
    }
    if (outcome.status === 'fatal' && !rowStatuses.has(outcome.httpStatus)) {
      const { detail, remedy } = outcome
      onHopeless(
        new UserError('provider', `expected an answer of ${request.model}, got: ${detail}`, {
          where: request.endpoint,
          remedy,
        }),
      )
    } else if (!drain.aborted) {
      failures += 1
      if (failures === failuresInARow) {
        const message = `expected answers of ${request.model}, got ${failures} failures in a row, the last: ${outcome.detail}`
        onHopeless(
          new UserError('provider_down', message, {
            where: request.endpoint,
            remedy: 'Check the server, then run again: what was answered is kept.',
          }),
        )
      }
    }
    return { status: 'unavailable', reason: 'provider_failed', detail: outcome.detail }
  }

  return {
    execute: async (request) => {
      const found = byKey.get(keyOf(request))
      if (!found) throw new Error(`no lane for ${keyOf(request)}`)
      return await found.queue.add(() => attempt(found.lane.provider, request))
    },
  }
}

const interrupted: Execution = { status: 'unavailable', reason: 'interrupted', detail: 'the build is stopping' }

async function send(
  provider: Provider,
  request: ModelRequest,
  stop: AbortSignal,
): Promise<ProviderOutcome | 'stopped'> {
  try {
    return await provider.send(request, stop)
  } catch (error) {
    if (stop.aborted) return 'stopped'
    throw error
  }
}

function keyOf({ endpoint, model }: Pick<ModelRequest, 'endpoint' | 'model'>): string {
  return `${endpoint} ${model}`
}
