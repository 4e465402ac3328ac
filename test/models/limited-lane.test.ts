import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBudget } from '../../pipeline/models/budget.ts'
import type { EndpointLimits } from '../../pipeline/models/endpoint-limiter.ts'
import { createLimitedLane } from '../../pipeline/models/limited-lane.ts'
import type { ProviderOutcome } from '../../pipeline/models/provider.ts'
import { withBudget } from '../../pipeline/models/with-budget.ts'
import type { UserError } from '../../pipeline/records/user-error.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'
import { request } from './scripted-provider.ts'

const usage = { promptTokens: 500, completionTokens: 500, cachedPromptTokens: 0, reasoningTokens: 0 }
const answered: ProviderOutcome = {
  status: 'answered',
  answer: { finish: 'complete', text: '', reasoning: '', refusal: '', usage, servedModel: '', responseId: '' },
}
const fatal: ProviderOutcome = { status: 'fatal', httpStatus: 401, detail: 'wrong key', remedy: 'mend it' }
const down: ProviderOutcome = {
  status: 'retryable',
  httpStatus: 503,
  retryAfterMs: null,
  detail: 'HTTP 503',
  mayBeBilled: false,
}
const busy: ProviderOutcome = { ...down, httpStatus: 429, detail: 'HTTP 429' }

type Reply = (n: number, nowMs: number) => ProviderOutcome

type Setup = {
  readonly replies?: Readonly<Record<string, Reply>>
  readonly limits?: Partial<EndpointLimits>
  readonly latencyMs?: number
  readonly outageMs?: number
  readonly maxTokens?: number
}

/** A lane on a virtual clock: an endpoint for each of `replies`, which gives the outcome of its n-th request. */
function startLane({
  replies = { a: () => answered },
  limits = {},
  latencyMs = 100,
  outageMs = 300_000,
  maxTokens,
}: Setup) {
  const clock = createVirtualClock()
  const drain = new AbortController()
  const errors: UserError[] = []
  const notes: string[] = []
  const sent: { readonly endpoint: string; readonly atMs: number }[] = []
  const budget = createBudget({ maxCostUsd: null, maxTokens: maxTokens ?? null }, () => undefined)
  const lane = createLimitedLane({
    model: 'scripted',
    endpoints: Object.entries(replies).map(([endpoint, reply]) => {
      const provider = {
        send: async (): Promise<ProviderOutcome> => {
          const n = sent.filter((one) => one.endpoint === endpoint).length
          sent.push({ endpoint, atMs: clock.now() })
          await clock.sleep(latencyMs)
          return reply(n, clock.now())
        },
      }
      const tariff = { price: null, maxReplyTokens: 500 }
      return { endpoint, provider: maxTokens === undefined ? provider : withBudget(provider, budget, tariff) }
    }),
    limits: { concurrency: 64, requestsPerMinute: null, tokensPerMinute: null, adaptive: true, ...limits },
    outageMs,
    drain: drain.signal,
    clock,
    onDown: (error) => {
      errors.push(error)
      drain.abort(error)
    },
    note: (line) => notes.push(line),
  })
  const stop = new AbortController()
  const outcomes: ProviderOutcome[] = []
  const ask = async (): Promise<void> => void outcomes.push(await lane.send(request, stop.signal))
  const askTimes = (times: number): Promise<void>[] => Array.from({ length: times }, ask)
  const countSent = (endpoint: string): number => sent.filter((one) => one.endpoint === endpoint).length
  return { clock, drain, stop, lane, sent, countSent, outcomes, ask, askTimes, errors, notes, budget }
}

describe('a lane', () => {
  test('sends at once what it has room for, and keeps no timer', async () => {
    const { clock, askTimes, outcomes } = startLane({})
    void Promise.all(askTimes(8))
    await clock.pass(100)
    expect(outcomes).toHaveLength(8)
    expect(clock.countTimers()).toBe(0)
  })

  test('tells how long the try took, without the wait for its turn', async () => {
    const { clock, askTimes, outcomes } = startLane({ limits: { concurrency: 1 } })
    void Promise.all(askTimes(3))
    await clock.pass(1000)
    expect(outcomes.map((one) => (one.status === 'answered' ? one.latencyMs : null))).toEqual([100, 100, 100])
  })

  test('serves in the order in which requests came', async () => {
    const { clock, lane, stop } = startLane({ limits: { concurrency: 2, requestsPerMinute: 60 } })
    const order: number[] = []
    for (let n = 0; n < 10; n++) void lane.send({ ...request, repeat: n }, stop.signal).then(() => order.push(n))
    await clock.pass(60_000)
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  test('never has more in flight than its concurrency, nor sends more in a minute than its limit, and serves all', async () => {
    const setups = fc.record({
      concurrency: fc.integer({ min: 1, max: 20 }),
      requestsPerMinute: fc.integer({ min: 5, max: 300 }),
      count: fc.integer({ min: 1, max: 60 }),
      latencyMs: fc.integer({ min: 1, max: 5000 }),
    })
    await fc.assert(
      fc.asyncProperty(setups, async ({ count, latencyMs, ...limits }) => {
        const { clock, askTimes, sent, outcomes } = startLane({ limits, latencyMs })
        void Promise.all(askTimes(count))
        await clock.pass(3_600_000)
        expect(outcomes).toHaveLength(count)
        expect(clock.countTimers()).toBe(0)
        for (const { atMs } of sent) {
          const inMinute = sent.filter((one) => one.atMs >= atMs && one.atMs < atMs + 60_000)
          expect(inMinute.length).toBeLessThanOrEqual(limits.requestsPerMinute)
          const inFlight = sent.filter((one) => one.atMs <= atMs && one.atMs + latencyMs > atMs)
          expect(inFlight.length).toBeLessThanOrEqual(limits.concurrency)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('keeps to tokens a minute by what requests came to, once it knows', async () => {
    const { clock, askTimes, sent } = startLane({ limits: { tokensPerMinute: 60_000 } })
    void Promise.all(askTimes(400))
    await clock.pass(60_000)
    const before = sent.length
    await clock.pass(120_000)
    // 1,000 tokens each, so 60 a minute.
    expect(sent.length - before).toBeGreaterThan(2 * 57)
    expect(sent.length - before).toBeLessThanOrEqual(2 * 61)
  })
})

describe('after a 429', () => {
  test('with a retry-after nothing is sent to that endpoint for so long, by any request', async () => {
    const { clock, askTimes, sent } = startLane({
      replies: { a: (n) => (n === 0 ? { ...busy, retryAfterMs: 20_000 } : answered) },
      limits: { concurrency: 1 },
    })
    void Promise.all(askTimes(5))
    await clock.pass(20_099)
    expect(sent).toHaveLength(1)
    await clock.pass(1000)
    // All five; nothing was served before the refusal, so it told of the endpoint, and the request was sent again.
    expect(sent).toHaveLength(6)
  })

  test('with a retry-after another endpoint takes over', async () => {
    const { clock, askTimes, countSent } = startLane({
      replies: { a: () => ({ ...busy, retryAfterMs: 60_000 }), b: () => answered },
      limits: { concurrency: 1 },
    })
    void Promise.all(askTimes(20))
    await clock.pass(3000)
    expect(countSent('a')).toBe(1)
    expect(countSent('b')).toBe(20)
  })

  test('limits that a server tells are kept to', async () => {
    const limits = { requestsPerMinute: 60, tokensPerMinute: null, exhausted: null }
    const { clock, askTimes, sent } = startLane({ replies: { a: () => ({ ...answered, limits }) } })
    void Promise.all(askTimes(300))
    await clock.pass(10_000)
    const before = sent.length
    await clock.pass(60_000)
    expect(sent.length - before).toBeLessThanOrEqual(60)
    expect(sent.length - before).toBeGreaterThan(57)
  })

  test('that is all the server ever says the lane ends in bounded time, with one message and few requests', async () => {
    const { clock, askTimes, sent, errors, outcomes } = startLane({ replies: { a: () => busy }, outageMs: 120_000 })
    const all = askTimes(50).map(async (asked) => {
      await asked
    })
    void Promise.all(all)
    await clock.pass(600_000)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ code: 'provider_down' })
    expect(errors[0]?.message).toContain('turned everything away')
    expect(outcomes).toHaveLength(50)
    expect(sent.length).toBeLessThan(50 + 20)
    expect(clock.countTimers()).toBe(0)
  })
})

describe('an endpoint that does not answer', () => {
  test('is left alone and probed by one request at a time, whose failures count against no request', async () => {
    const { clock, askTimes, outcomes, sent, notes } = startLane({
      replies: { a: (n, nowMs) => (n > 0 && nowMs < 20_000 ? down : answered) },
    })
    void Promise.all(askTimes(30))
    await clock.pass(16_000)
    // Eight at once, of which one is answered; then probes after 1, 2, 4 and 8 s.
    expect(sent.length).toBe(8 + 4)
    await clock.pass(60_000)
    const failed = outcomes.filter(({ status }) => status === 'retryable')
    // Those that failed before the breaker opened.
    expect(failed).toHaveLength(4)
    expect(outcomes.filter(({ status }) => status === 'answered')).toHaveLength(26)
    expect(notes).toEqual([
      'scripted at a does not answer, waiting up to 300 s for it: HTTP 503',
      'scripted at a answers again.',
    ])
  })

  test('ends the lane once, after 30 s where it never answered', async () => {
    const { clock, askTimes, errors, outcomes } = startLane({ replies: { a: () => down } })
    void Promise.all(askTimes(20))
    await clock.pass(29_000)
    expect(errors).toEqual([])
    await clock.pass(1_200)
    expect(errors).toHaveLength(1)
    expect(errors[0]?.message).toMatch(
      /expected answers of scripted, got \d+ failures in a row over 30 s, the last: HTTP 503/,
    )
    expect(outcomes).toHaveLength(20)
    expect(outcomes.filter(({ status }) => status === 'drained').length).toBeGreaterThanOrEqual(16)
    expect(clock.countTimers()).toBe(0)
  })

  test('that answered before is waited for as long as the config says', async () => {
    const { clock, askTimes, errors } = startLane({
      replies: { a: (n) => (n < 5 ? answered : down) },
      outageMs: 240_000,
    })
    void Promise.all(askTimes(40))
    await clock.pass(235_000)
    expect(errors).toEqual([])
    await clock.pass(10_000)
    expect(errors).toHaveLength(1)
  })

  test('and whose probe hangs ends the lane all the same', async () => {
    const { clock, askTimes, errors, outcomes } = startLane({ replies: { a: () => down }, latencyMs: 25_000 })
    void Promise.all(askTimes(20))
    await clock.pass(56_000)
    expect(errors).toHaveLength(1)
    await clock.pass(60_000)
    expect(outcomes).toHaveLength(20)
  })

  test('leaves its work to the others, and gets its part again when it is back', async () => {
    const { clock, askTimes, outcomes, countSent, sent, errors } = startLane({
      replies: { a: (_, nowMs) => (nowMs < 60_000 ? down : answered), b: () => answered },
      limits: { concurrency: 4 },
      outageMs: 10_000,
    })
    void Promise.all(askTimes(4000))
    await clock.pass(50_000)
    expect(errors).toEqual([])
    expect(outcomes.filter(({ status }) => status === 'retryable').length).toBeLessThan(5)
    expect(countSent('b')).toBeGreaterThan(1900)
    await clock.pass(50_000)
    expect(sent.slice(-100).filter(({ endpoint }) => endpoint === 'a').length).toBeGreaterThan(30)
  })

  test('that asks to wait for an hour ends the lane at once', async () => {
    const { clock, askTimes, errors, sent } = startLane({
      replies: { a: () => ({ ...busy, retryAfterMs: 3_600_000 }) },
      limits: { concurrency: 2 },
    })
    void Promise.all(askTimes(20))
    await clock.pass(1000)
    expect(errors).toMatchObject([{ code: 'provider_down' }])
    expect(errors[0]?.message).toContain('asks to wait for 3600 s')
    expect(sent).toHaveLength(2)
  })
})

describe('the end of a run', () => {
  test('reaches requests that wait for a rate, a pause or a breaker at once, and leaves no timer', async () => {
    const setups: readonly Setup[] = [
      { limits: { requestsPerMinute: 1 } },
      { replies: { a: () => ({ ...busy, retryAfterMs: 60_000 }) }, limits: { concurrency: 1 } },
      { replies: { a: () => down } },
    ]
    for (const setup of setups) {
      const { clock, askTimes, drain, outcomes, sent } = startLane(setup)
      void Promise.all(askTimes(20))
      await clock.pass(10_000)
      const before = sent.length
      drain.abort(new Error('draining'))
      await clock.pass(0)
      await clock.pass(100)
      expect(outcomes).toHaveLength(20)
      expect(outcomes.filter(({ status }) => status === 'drained').length).toBeGreaterThan(10)
      expect(sent).toHaveLength(before)
      expect(clock.countTimers()).toBe(0)
    }
  })

  test('that comes between the leave to send and the sending holds it back too', async () => {
    const { clock, askTimes, drain, outcomes, sent } = startLane({})
    const all = askTimes(3)
    drain.abort(new Error('draining'))
    await clock.pass(0)
    await Promise.all(all)
    expect(sent).toEqual([])
    expect(outcomes.map(({ status }) => status)).toEqual(['drained', 'drained', 'drained'])
  })

  test('by a second signal rejects waiting requests with its reason', async () => {
    const { clock, lane, stop } = startLane({ limits: { requestsPerMinute: 1 } })
    void lane.send(request, stop.signal)
    const waiting = lane.send(request, stop.signal)
    await clock.pass(10)
    stop.abort('given up')
    await expect(waiting).rejects.toBe('given up')
    await clock.pass(1000)
    expect(clock.countTimers()).toBe(0)
    expect(lane.read().waiting).toBe(0)
  })
})

test('a fatal outcome is handed over before the next request takes its place', async () => {
  const { clock, sent, lane, stop, drain } = startLane({ replies: { a: () => fatal } })
  const all = Array.from({ length: 200 }, async () => {
    // As the executor does: it reads the outcome some promises later, and ends the run.
    const outcome = await Promise.resolve(lane.send(request, stop.signal))
    if (outcome.status === 'fatal') drain.abort(new Error('wrong key'))
    return outcome.status
  })
  await clock.pass(10_000)
  const statuses = await Promise.all(all)
  expect(sent).toHaveLength(8)
  expect(statuses.filter((status) => status === 'drained')).toHaveLength(192)
})

describe('under a budget', () => {
  test('a request that waits for its turn keeps nothing set aside', async () => {
    const { clock, askTimes, budget } = startLane({ limits: { requestsPerMinute: 1 }, maxTokens: 100_000 })
    void Promise.all(askTimes(10))
    await clock.pass(10)
    expect(budget.read().reserved.tokens).toBeLessThan(1000)
  })

  test('a request that the budget refuses does not use up the rate', async () => {
    const { clock, askTimes, outcomes, lane } = startLane({ limits: { requestsPerMinute: 2 }, maxTokens: 10 })
    void Promise.all(askTimes(10))
    await clock.pass(10)
    expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'unaffordable'))
    expect(lane.read().endpoints[0]?.limiter.inFlight).toBe(0)
  })

  test('is not overdrawn by tries that fail and are sent again', async () => {
    const { clock, askTimes, budget } = startLane({
      replies: { a: (n) => (n % 3 === 0 ? { ...down, mayBeBilled: true } : answered) },
      maxTokens: 20_000,
    })
    void Promise.all(askTimes(100))
    await clock.pass(600_000)
    const { spent, reserved, overshoot, reached } = budget.read()
    expect(reserved.tokens).toBe(0)
    expect(overshoot.tokens).toBe(0)
    expect(spent.tokens).toBeLessThanOrEqual(20_000)
    expect(reached).not.toBeNull()
  })
})

test('the room of an answer is free once what came with it is done, so that it is stored first', async () => {
  const { clock, lane, askTimes, sent } = startLane({ replies: { a: () => answered } })
  const sentOnAnswer: number[] = []
  for (const asked of askTimes(20)) void asked.then(() => sentOnAnswer.push(sent.length))
  await clock.pass(60_000)
  expect(sentOnAnswer).toHaveLength(20)
  // Eight at once: when those eight are answered, no ninth has been sent.
  expect(sentOnAnswer.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 8))
  expect(lane.read().endpoints[0]?.limiter.inFlight).toBe(0)
})
