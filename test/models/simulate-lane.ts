import type { UserError } from '../../pipeline/records/user-error.ts'
import type { EndpointLimits } from '../../pipeline/models/endpoint-limiter.ts'
import { createLimitedLane, type LimitedLane } from '../../pipeline/models/limited-lane.ts'
import type { Provider, ProviderOutcome } from '../../pipeline/models/provider.ts'
import { readServerLimits } from '../../pipeline/models/server-limits.ts'
import { readRetryAfterMs } from '../../pipeline/models/retry-after.ts'
import { createLimitedService, type HiddenLimits, type LimitedService } from '../support/limited-service.ts'
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts'
import { request } from './scripted-provider.ts'

export type Simulation = {
  readonly hidden: HiddenLimits
  readonly limits?: Partial<EndpointLimits>
  /** Requests that want to be sent at any moment. */
  readonly demand?: number
  readonly latencyMs?: () => number
  readonly tokens?: () => number
  /** Replies are looked at so often only, as by a busy event loop. */
  readonly lagMs?: number
}

export type SimulatedLane = {
  readonly clock: VirtualClock
  readonly service: LimitedService
  readonly lane: LimitedLane
  /** Share of the requests since the last call that were refused, and the number and tokens of the others. */
  readonly measure: () => { readonly admitted: number; readonly tokens: number; readonly refusedShare: number }
}

/** A lane under more demand than its service takes, on a virtual clock. The demand never ends. */
export function simulateLane({
  hidden,
  limits = {},
  demand = 64,
  latencyMs = () => 300,
  tokens = () => 1000,
  lagMs = 1,
}: Simulation): SimulatedLane {
  const clock = createVirtualClock()
  const service = createLimitedService(hidden, clock.now)
  const lane = createLimitedLane({
    model: 'scripted',
    endpoints: [{ endpoint: request.endpoint, provider: createProvider(service, clock, latencyMs, tokens, lagMs) }],
    limits: { concurrency: demand, requestsPerMinute: null, tokensPerMinute: null, adaptive: true, ...limits },
    outageMs: 300_000,
    drain: new AbortController().signal,
    clock,
    onDown: (error: UserError) => {
      throw error
    },
  })
  const { signal } = new AbortController()
  const work = async (): Promise<void> => {
    for (;;) {
      for (let wait = 500; (await lane.send(request, signal)).status !== 'answered'; wait *= 2) await clock.sleep(wait)
    }
  }
  for (let n = 0; n < demand; n++) void work()
  let last = service.counts()
  return {
    clock,
    service,
    lane,
    measure() {
      const counts = service.counts()
      const [admitted, refused] = [counts.admitted - last.admitted, counts.refused - last.refused]
      const tokens = counts.tokens - last.tokens
      last = counts
      return { admitted, tokens, refusedShare: refused / Math.max(1, admitted + refused) }
    },
  }
}

function createProvider(
  service: LimitedService,
  clock: VirtualClock,
  latencyMs: () => number,
  tokens: () => number,
  lagMs: number,
): Provider {
  const lag = (): Promise<void> => clock.sleep(lagMs - (clock.now() % lagMs))
  return {
    send: async (): Promise<ProviderOutcome> => {
      const used = tokens()
      const admission = service.admit(used)
      const headers = new Headers(admission.headers)
      const limits = readServerLimits(headers)
      const said = limits === null ? {} : { limits }
      if (!admission.isAdmitted) {
        await clock.sleep(5)
        await lag()
        const retryAfterMs = readRetryAfterMs(headers, 0)
        return { status: 'retryable', httpStatus: 429, retryAfterMs, detail: 'slow down', mayBeBilled: false, ...said }
      }
      await clock.sleep(latencyMs())
      admission.end()
      await lag()
      const completionTokens = Math.round(used / 2)
      const usage = {
        promptTokens: used - completionTokens,
        completionTokens,
        cachedPromptTokens: 0,
        reasoningTokens: 0,
      }
      const nothing = { text: '', reasoning: '', refusal: '', servedModel: '', responseId: '' } as const
      return { status: 'answered', answer: { finish: 'complete', usage, ...nothing }, ...said }
    },
  }
}
