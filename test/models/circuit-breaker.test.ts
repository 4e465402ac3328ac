import { describe, expect, test } from 'vitest'
import { createCircuitBreaker } from '../../pipeline/models/circuit-breaker.ts'

function start() {
  let nowMs = 0
  const breaker = createCircuitBreaker(() => nowMs)
  const failTimes = (times: number): void => {
    for (let n = 0; n < times; n++) breaker.fail('reset', breaker.start())
  }
  return { breaker, failTimes, pass: (ms: number) => void (nowMs += ms) }
}

describe('a breaker', () => {
  test('stays closed through four failures in a row, and opens with the fifth', () => {
    const { breaker, failTimes } = start()
    failTimes(4)
    expect(breaker.waitMs()).toBe(0)
    failTimes(1)
    expect(breaker.read()).toMatchObject({ state: 'open', failures: 5, lastDetail: 'reset' })
    expect(breaker.waitMs()).toBe(1000)
  })

  test('forgets failures at the first answer', () => {
    const { breaker, failTimes } = start()
    failTimes(4)
    breaker.succeed()
    failTimes(4)
    expect(breaker.read()).toMatchObject({ state: 'closed', failures: 4 })
  })

  test('lets one request through when its wait is over, and nothing else until that one is back', () => {
    const { breaker, failTimes, pass } = start()
    failTimes(5)
    pass(1000)
    expect(breaker.waitMs()).toBe(0)
    expect(breaker.start()).toBe(true)
    expect(breaker.waitMs()).toBe(Infinity)
    breaker.succeed()
    expect(breaker.read()).toMatchObject({ state: 'closed', failures: 0, failingMs: 0 })
    expect(breaker.waitMs()).toBe(0)
  })

  test('doubles its wait with each probe that fails, up to 30 s, and starts over once it was closed', () => {
    const { breaker, failTimes, pass } = start()
    failTimes(5)
    const waits = [breaker.waitMs()]
    for (let n = 0; n < 6; n++) {
      pass(breaker.waitMs())
      breaker.fail('still down', breaker.start())
      waits.push(breaker.waitMs())
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    expect(breaker.read().failingMs).toBe(1000 + 2000 + 4000 + 8000 + 16_000 + 30_000)
    breaker.succeed()
    failTimes(5)
    expect(breaker.waitMs()).toBe(1000)
  })

  test('is not held open longer by requests that were under way when it opened', () => {
    const { breaker, failTimes } = start()
    failTimes(5)
    for (let n = 0; n < 50; n++) breaker.fail('late', false)
    expect(breaker.waitMs()).toBe(1000)
  })

  test('is closed by a late answer, and a probe that fails after it does not open it again', () => {
    const { breaker, failTimes, pass } = start()
    failTimes(5)
    pass(1000)
    const isProbe = breaker.start()
    breaker.succeed()
    breaker.fail('slow', isProbe)
    expect(breaker.read()).toMatchObject({ state: 'closed', failures: 1 })
  })

  test('sends another probe when one was given up', () => {
    const { breaker, failTimes, pass } = start()
    failTimes(5)
    pass(1000)
    breaker.abandon(breaker.start())
    expect(breaker.waitMs()).toBe(0)
    expect(breaker.start()).toBe(true)
  })
})
