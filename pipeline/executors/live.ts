import PQueue from 'p-queue'
import type { Provider, ProviderOutcome } from '../models/provider.ts'
import type { Answer } from '../records/answer.ts'
import type { ModelRequest } from '../records/request.ts'
import { UserError } from '../records/user-error.ts'
import type { Execution, Executor } from './executor.ts'

/** One model at one endpoint, with its own limit of requests in flight. */
export type Lane = {
  readonly endpoint: string
  readonly model: string
  /** One attempt with its retries behind it. */
  readonly provider: Provider
  /** Requests handed to the provider at once; Infinity for one that has a limiter of its own. */
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

/** So many requests in a row of one lane that failed after all their tries mean that its server is down. */
const failuresInARow = 20

/** A server turns down one request with these, for its length or its content, and takes the next. */
const rowStatuses: ReadonlySet<number | null> = new Set([400, 413, 422])

/** Those, and the status with which some providers flag content. It is a wrong key's too, until the lane has answered. */
const declinedStatuses: ReadonlySet<number | null> = new Set([...rowStatuses, 403])

/**
 * A lane, and what this run has seen of it. A request that the server turns down for good is *declined*, which is an
 * answer, once the lane has answered another one; before that it may as well be the key or the parameters. A lane that
 * answers nothing leaves such rows open, unless the request was declined before and is asked again. Declined requests count as failures in a row: should the account run dry in
 * mid-run, and the server say so with one of those statuses, the run ends before all its rows are declined.
 */
type LaneState = {
  readonly lane: Lane
  readonly queue: PQueue
  readonly firstAnswer: PromiseWithResolvers<void>
  hasAnswered: boolean
  failures: number
}

type FatalOutcome = Extract<ProviderOutcome, { status: 'fatal' }>
/** `turned_down`: an answer or an open row, by what else the lane answers. */
type Attempt =
  Execution | { readonly status: 'turned_down'; readonly outcome: FatalOutcome; readonly latencyMs: number }

/**
 * Sends misses at once, through one queue a lane. The stages bound the number of rows in flight, so a queue never holds
 * more than those rows' requests.
 */
export function createLiveExecutor({ lanes, drain, stop, onHopeless, now }: LiveOptions): Executor {
  const byKey = new Map(lanes.map((lane) => [keyOf(lane), createLaneState(lane)] as const))
  let isHopeless = false
  const tellHopeless = (error: UserError): void => {
    if (!isHopeless) onHopeless(error)
    isHopeless = true
  }

  const attempt = async (state: LaneState, request: ModelRequest, wasDeclined: boolean): Promise<Attempt> => {
    if (drain.aborted || stop.aborted) return interrupted
    const start = now()
    const outcome = await send(state.lane.provider, request, stop)
    if (outcome === 'stopped') return interrupted
    const measuredMs = outcome.status === 'answered' ? outcome.latencyMs : undefined
    const latencyMs = Math.round(measuredMs ?? now() - start)
    if (outcome.status === 'answered') {
      state.failures = 0
      state.hasAnswered = true
      state.firstAnswer.resolve()
      return { status: 'answered', answer: outcome.answer, latencyMs }
    }
    if (outcome.status === 'drained') return interrupted
    if (outcome.status === 'unaffordable') return { status: 'unavailable', reason: 'budget', detail: outcome.detail }
    const statuses = state.hasAnswered || wasDeclined ? declinedStatuses : rowStatuses
    const isTurnedDown = outcome.status === 'fatal' && statuses.has(outcome.httpStatus)
    if (outcome.status === 'fatal' && !isTurnedDown) {
      const { detail, remedy } = outcome
      tellHopeless(
        new UserError('provider', `expected an answer of ${request.model}, got: ${detail}`, {
          where: request.endpoint,
          remedy,
        }),
      )
    } else if (!drain.aborted) {
      state.failures += 1
      if (state.failures === failuresInARow) {
        const message = `expected answers of ${request.model}, got ${failuresInARow} failures in a row, the last: ${outcome.detail}`
        tellHopeless(
          new UserError('provider_down', message, {
            where: request.endpoint,
            remedy: 'Check the server, then run again: what was answered is kept.',
          }),
        )
      }
    }
    if (outcome.status === 'fatal' && isTurnedDown) return { status: 'turned_down', outcome, latencyMs }
    return createFailure(outcome.detail)
  }

  return {
    execute: async (request, { wasDeclined = false }) => {
      const state = byKey.get(keyOf(request))
      if (!state) throw new Error(`no lane for ${keyOf(request)}`)
      const attempted = await state.queue.add(() => attempt(state, request, wasDeclined))
      if (attempted.status !== 'turned_down') return attempted
      // A turned-down request comes back before any generation does, so the first rows wait for what is under way.
      if (!wasDeclined) await Promise.race([state.firstAnswer.promise, state.queue.onIdle()])
      const { outcome, latencyMs } = attempted
      if (!state.hasAnswered && !wasDeclined) return createFailure(outcome.detail)
      return { status: 'answered', answer: createDeclined(outcome.detail), latencyMs }
    },
  }
}

function createLaneState(lane: Lane): LaneState {
  const queue = new PQueue({ concurrency: lane.concurrency })
  return { lane, queue, firstAnswer: Promise.withResolvers<void>(), hasAnswered: false, failures: 0 }
}

function createDeclined(detail: string): Answer {
  const nothing = { text: '', reasoning: '', usage: null, servedModel: '', responseId: '' } as const
  return { finish: 'declined', refusal: detail, ...nothing }
}

function createFailure(detail: string): Execution {
  return { status: 'unavailable', reason: 'provider_failed', detail }
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
