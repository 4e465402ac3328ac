import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBudget, type Reservation } from '../../pipeline/models/budget.ts'
import { withBudget } from '../../pipeline/models/with-budget.ts'
import type { ProviderOutcome } from '../../pipeline/models/provider.ts'
import type { Scripted } from '../support/chat-server.ts'
import { outcomeOf, request, startScriptedProvider } from './scripted-provider.ts'

const noCap = { maxCostUsd: null, maxTokens: null }
const dollars = (costUsd: number) => ({ costUsd, tokens: 0 })

async function take(reservation: Promise<Reservation | null>): Promise<Reservation> {
  const taken = await reservation
  if (taken === null) throw new Error('expected room')
  return taken
}

/** Whether a promise has come to something by the time all that is ready has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending')
  return (await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, pending))])) === pending
}

describe('a budget', () => {
  test('sets the worst case aside and gives back what was not needed', async () => {
    const budget = createBudget({ ...noCap, maxCostUsd: 1 }, () => undefined)
    const first = await take(budget.reserve(dollars(0.8)))
    expect(budget.read()).toMatchObject({ reserved: dollars(0.8), spent: dollars(0) })
    first.settle(dollars(0.1))
    expect(budget.read()).toMatchObject({ reserved: dollars(0), spent: dollars(0.1), reached: null })
  })

  test('lets a request wait that fits only once another one came to less, and sends it then', async () => {
    const budget = createBudget({ ...noCap, maxCostUsd: 1 }, () => undefined)
    const first = await take(budget.reserve(dollars(0.8)))
    const second = budget.reserve(dollars(0.8))
    expect(await isPending(second)).toBe(true)
    first.settle(dollars(0.2))
    expect(await second).not.toBeNull()
  })

  test('is reached for good when a request does not fit and none is in flight that could make room', async () => {
    const reasons: string[] = []
    const budget = createBudget({ ...noCap, maxCostUsd: 1 }, (reason) => reasons.push(reason))
    const first = await take(budget.reserve(dollars(0.8)))
    const waiting = [budget.reserve(dollars(0.8)), budget.reserve(dollars(0.01))]
    first.settle(dollars(0.8))
    expect(await Promise.all(waiting)).toEqual([null, null])
    expect(await budget.reserve(dollars(0.01))).toBeNull()
    expect(reasons).toEqual(['of $1 for this run $0.8000 are spent, and the next request may cost $0.8000'])
  })

  test('keeps the order in which requests came, so that a small one does not starve a large one', async () => {
    const budget = createBudget({ ...noCap, maxCostUsd: 1 }, () => undefined)
    const first = await take(budget.reserve(dollars(0.5)))
    const large = budget.reserve(dollars(0.9))
    const small = budget.reserve(dollars(0.1))
    expect(await isPending(small)).toBe(true)
    first.settle(dollars(0.1))
    const taken = await take(large)
    expect(await isPending(small)).toBe(true)
    taken.release()
    expect(await small).not.toBeNull()
  })

  test('counts tokens by themselves, and says which cap was reached', async () => {
    const reasons: string[] = []
    const budget = createBudget({ maxCostUsd: 100, maxTokens: 1000 }, (reason) => reasons.push(reason))
    ;(await take(budget.reserve({ costUsd: 0.1, tokens: 900 }))).settle({ costUsd: 0.1, tokens: 900 })
    expect(await budget.reserve({ costUsd: 0.1, tokens: 200 })).toBeNull()
    expect(reasons).toEqual(['of 1000 tokens for this run 900 are spent, and the next request may take 200'])
  })

  test('says exactly how far answers that cost more than their worst case went over it', async () => {
    const budget = createBudget({ ...noCap, maxCostUsd: 1 }, () => undefined)
    const taken = [await take(budget.reserve(dollars(0.5))), await take(budget.reserve(dollars(0.5)))]
    for (const reservation of taken) reservation.settle(dollars(0.75))
    expect(budget.read()).toMatchObject({ spent: dollars(1.5), overshoot: dollars(0.5) })
    expect(await budget.reserve(dollars(0.01))).toBeNull()
  })

  test('is never passed, however requests come and whatever they come to within their worst case', async () => {
    const jobs = fc.array(
      fc.record({ worst: fc.integer({ min: 1, max: 40 }), share: fc.nat(100), fails: fc.boolean() }),
      {
        maxLength: 40,
      },
    )
    await fc.assert(
      fc.asyncProperty(
        jobs,
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 8 }),
        async (all, cap, lanes) => {
          const budget = createBudget({ ...noCap, maxTokens: cap }, () => undefined)
          const queue = [...all]
          const work = async (): Promise<void> => {
            for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
              const reservation = await budget.reserve({ costUsd: 0, tokens: job.worst })
              if (reservation === null) continue
              await new Promise(setImmediate)
              if (job.fails) reservation.release()
              else reservation.settle({ costUsd: 0, tokens: Math.round((job.worst * job.share) / 100) })
            }
          }
          await Promise.all(Array.from({ length: lanes }, work))
          const { spent, reserved, overshoot, reached } = budget.read()
          expect(reserved.tokens).toBe(0)
          expect(spent.tokens).toBeLessThanOrEqual(cap)
          expect(overshoot.tokens).toBe(0)
          // What is refused is refused because it did not fit: less than one worst case is left.
          if (reached !== null) expect(cap - spent.tokens).toBeLessThan(40)
        },
      ),
    )
  })
})

describe('an attempt under a budget', () => {
  const price = { inputPerMillion: 1_000_000, outputPerMillion: 2_000_000 }
  const never = new AbortController().signal

  async function spend(scripted: Scripted, maxCostUsd = 1_000_000) {
    const { provider, server } = await startScriptedProvider(() => scripted)
    const budget = createBudget({ ...noCap, maxCostUsd }, () => undefined)
    const capped = withBudget(provider, budget, { price, maxReplyTokens: 50 })
    const outcome: ProviderOutcome = await capped.send(request, never)
    return { outcome, state: budget.read(), server }
  }

  test('costs what its usage says', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 3 }
    const { state } = await spend({ content: 'Hi.', usage })
    expect(state).toMatchObject({ spent: { costUsd: 16, tokens: 13 }, assumed: dollars(0), reserved: dollars(0) })
  })

  test('is not sent when its worst case does not fit, which is no failure of the provider', async () => {
    const { outcome, server } = await spend({ content: 'Hi.' }, 1)
    expect(outcome).toMatchObject({ status: 'unaffordable' })
    expect(server.requests.count).toBe(0)
  })

  test.each<[string, Scripted]>([
    ['without a usage', { content: 'Hi.', usage: null }],
    ['that was broken off in mid-body', { misbehaviour: 'reset_mid_body' }],
    ['that does not parse', { misbehaviour: 'invalid_json' }],
    ['as HTTP 408', { status: 408 }],
    ['from a gateway that had waited for it (504)', { status: 504 }],
  ])('whose answer came %s counts at its worst case, and that is said', async (_, scripted) => {
    const { state } = await spend(scripted)
    const bytes = request.messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0)
    expect(state.spent.tokens).toBeGreaterThanOrEqual(bytes + 50)
    expect(state.assumed).toEqual(state.spent)
  })

  test.each<[string, Scripted]>([
    ['429', { status: 429 }],
    ['500', { status: 500 }],
    ['502', { status: 502 }],
    ['401', { status: 401 }],
    ['a prompt that the filter stopped', { status: 400, body: { error: { message: 'no', code: 'content_filter' } } }],
  ])('that came to %s costs nothing', async (_, scripted) => {
    expect((await spend(scripted)).state).toMatchObject({ spent: { costUsd: 0, tokens: 0 }, reserved: dollars(0) })
  })

  test('to a server that refuses the connection costs nothing', async () => {
    const { provider, server } = await startScriptedProvider(() => ({ content: 'Hi.' }))
    await server.close()
    const budget = createBudget({ ...noCap, maxCostUsd: 1_000_000 }, () => undefined)
    const outcome = await withBudget(provider, budget, { price, maxReplyTokens: 50 }).send(request, never)
    expect(outcome).toMatchObject({ status: 'retryable', mayBeBilled: false })
    expect(budget.read().spent.tokens).toBe(0)
  })

  test('the worst case of a request is never below what a tokenizer of bytes would count', async () => {
    expect(await outcomeOf({ content: 'Hi.' })).toMatchObject({ status: 'answered' })
    for (const content of ['plain words', 'ünïcödé', '漢字漢字', '👩‍👩‍👧', '']) {
      const budget = createBudget({ ...noCap, maxTokens: 10_000 }, () => undefined)
      let reserved = 0
      const provider = {
        send: async () => {
          reserved = budget.read().reserved.tokens
          return { status: 'fatal', httpStatus: 400, detail: '', remedy: '' } as const
        },
      }
      await withBudget(provider, budget, { price: null, maxReplyTokens: 5 }).send(
        { ...request, messages: [{ role: 'user', content }] },
        never,
      )
      expect(reserved).toBeGreaterThanOrEqual(Buffer.byteLength(content) + 5)
    }
  })
})
