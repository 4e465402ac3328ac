import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Provider, ProviderOutcome } from '../../pipeline/models/provider.ts'
import { withRetry, type Retry } from '../../pipeline/models/retry.ts'
import { request, startScriptedProvider } from './scripted-provider.ts'

const { signal } = new AbortController()
const fatal: ProviderOutcome = { status: 'fatal', httpStatus: 401, detail: 'wrong key', remedy: 'mend the key' }
const answered: ProviderOutcome = {
  status: 'answered',
  answer: { finish: 'complete', text: '', reasoning: '', refusal: '', usage: null, servedModel: '', responseId: '' },
}

function busy(detail: string, retryAfterMs: number | null = null): ProviderOutcome {
  return { status: 'retryable', httpStatus: 429, retryAfterMs, detail, mayBeBilled: false }
}

/** Plays the outcomes in order, the last one for ever. */
function play(...outcomes: readonly ProviderOutcome[]) {
  let sent = 0
  const provider: Provider = {
    send: () => Promise.resolve(outcomes[Math.min(sent++, outcomes.length - 1)] ?? fatal),
  }
  return { provider, countSent: () => sent }
}

function retrying(provider: Provider, changes: { random?: number; maxTries?: number } = {}) {
  const retries: Retry[] = []
  const { random = 1, maxTries = 5 } = changes
  const options = { maxTries, baseDelayMs: 1000, maxDelayMs: 4000, random: () => random }
  const { send } = withRetry(provider, { ...options, onRetry: (retry) => retries.push(retry) })
  return { send, retries }
}

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
}

beforeEach(() => {
  vi.useFakeTimers({ fakeNodeBuiltins: true })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('tries', () => {
  test('end at the first answer', async () => {
    const { provider, countSent } = play(busy('a'), busy('b'), answered)
    const outcome = retrying(provider).send(request, signal)
    await vi.runAllTimersAsync()
    expect(await outcome).toBe(answered)
    expect(countSent()).toBe(3)
  })

  test('end at once on a fatal outcome, which is returned', async () => {
    const { provider, countSent } = play(busy('a'), fatal, answered)
    const outcome = retrying(provider).send(request, signal)
    await vi.runAllTimersAsync()
    expect(await outcome).toBe(fatal)
    expect(countSent()).toBe(2)
  })

  test.each([1, 3])(
    'end after %i where that is the most, with the last outcome and no wait after it',
    async (maxTries) => {
      const { provider, countSent } = play(busy('a'), busy('b'), busy('c'), busy('d'))
      const { send, retries } = retrying(provider, { maxTries })
      const outcome = send(request, signal)
      await vi.runAllTimersAsync()
      expect(await outcome).toMatchObject({ status: 'retryable', detail: maxTries === 1 ? 'a' : 'c' })
      expect(countSent()).toBe(maxTries)
      expect(retries.map(({ attempt }) => attempt)).toEqual(maxTries === 1 ? [] : [1, 2])
    },
  )
})

describe('the wait', () => {
  test.each([
    [1, [1000, 2000, 4000, 4000]],
    [0, [500, 1000, 2000, 2000]],
  ])('doubles up to its bound, with jitter (random %f)', async (random, waits) => {
    const { send, retries } = retrying(play(busy('a')).provider, { random })
    const outcome = send(request, signal)
    await vi.runAllTimersAsync()
    await outcome
    expect(retries.map(({ waitMs }) => waitMs)).toEqual(waits)
  })

  test.each([
    ['longer', 30_000, 30_000],
    ['shorter', 20, 1000],
  ])('is the longer of back-off and retry-after, which is %s here', async (_, retryAfterMs, expected) => {
    const { provider, countSent } = play(busy('a', retryAfterMs), answered)
    const { send, retries } = retrying(provider)
    const outcome = send(request, signal)
    await vi.advanceTimersByTimeAsync(expected - 1)
    expect(countSent()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(countSent()).toBe(2)
    expect(await outcome).toBe(answered)
    expect(retries.map(({ waitMs }) => waitMs)).toEqual([expected])
  })
})

describe('an abort', () => {
  test('during a wait rejects with its reason at once and leaves no timer', async () => {
    const controller = new AbortController()
    const { provider, countSent } = play(busy('a', 60_000))
    const outcome = retrying(provider).send(request, controller.signal)
    await vi.advanceTimersByTimeAsync(10)
    expect(vi.getTimerCount()).toBe(1)
    controller.abort('draining')
    await expect(outcome).rejects.toBe('draining')
    expect(vi.getTimerCount()).toBe(0)
    expect(countSent()).toBe(1)
  })

  test('during a real wait rejects with its reason too', async () => {
    vi.useRealTimers()
    const timersBefore = countTimers()
    const controller = new AbortController()
    const outcome = retrying(play(busy('a', 60_000)).provider).send(request, controller.signal)
    await setImmediate()
    expect(countTimers()).toBe(timersBefore + 1)
    controller.abort('draining')
    await expect(outcome).rejects.toBe('draining')
    expect(countTimers()).toBe(timersBefore)
  })

  test('before the first try sends nothing', async () => {
    const { provider, countSent } = play(answered)
    await expect(retrying(provider).send(request, AbortSignal.abort('draining'))).rejects.toBe('draining')
    expect(countSent()).toBe(0)
  })
})

test('a bug in the provider is not retried', async () => {
  const bug = new RangeError('out of range')
  const send = vi.fn<Provider['send']>().mockRejectedValue(bug)
  await expect(retrying({ send }).send(request, signal)).rejects.toBe(bug)
  expect(send).toHaveBeenCalledOnce()
})

test('over the wire, failures of every kind are outlived', async () => {
  vi.useRealTimers()
  const troubles = [{ misbehaviour: 'reset' }, { misbehaviour: 'reset_mid_body' }, { misbehaviour: 'html' }] as const
  const { provider, server } = await startScriptedProvider((_, n) => troubles[n] ?? { content: 'Hi.' })
  const patient = withRetry(provider, { maxTries: 5, baseDelayMs: 1, maxDelayMs: 2, random: () => 0 })
  expect(await patient.send(request, signal)).toMatchObject({ status: 'answered', answer: { text: 'Hi.' } })
  expect(server.requests.count).toBe(4)
})
