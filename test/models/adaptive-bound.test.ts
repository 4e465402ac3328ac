import { describe, expect, test } from 'vitest'
import { createAdaptiveBound } from '../../pipeline/models/adaptive-bound.ts'

function start(first: number | null) {
  let nowMs = 0
  const bound = createAdaptiveBound(first, () => nowMs)
  const accept = (times: number): number | null => {
    for (let n = 0; n < times; n++) {
      nowMs += 100
      bound.accept()
    }
    return bound.read()
  }
  /** Requests that are served until the bound is back at the limit. */
  const countToLimit = (limit: number): number => {
    let count = 0
    while ((bound.read() ?? 0) < limit) {
      accept(1)
      count += 1
    }
    return count
  }
  return { bound, accept, countToLimit, pass: (ms: number) => void (nowMs += ms) }
}

describe('a bound', () => {
  test('grows by one for each request served until something is refused, which doubles a window a round trip', () => {
    expect(start(8).accept(8)).toBe(16)
  })

  test('that was never set stays unknown', () => {
    expect(start(null).accept(100)).toBeNull()
  })

  test('goes to the cut when a request is refused, and comes back to the limit and a little beyond', () => {
    const { bound, accept } = start(8)
    bound.refuse(100, 96)
    expect(bound.read()).toBe(96)
    expect(accept(5)).toBeCloseTo(98)
    expect(accept(5)).toBeCloseTo(100)
    expect(accept(2)).toBeGreaterThanOrEqual(102)
  })

  test('takes twice as long each time the same limit is met again, up to 100 requests', () => {
    const { bound, countToLimit } = start(null)
    const counts = Array.from({ length: 6 }, () => {
      bound.refuse(100, 96)
      return countToLimit(99.99)
    })
    expect(counts).toEqual([10, 20, 40, 80, 100, 100])
  })

  test('takes two refusals without a request served in between for one', () => {
    const { bound, countToLimit } = start(null)
    for (let n = 0; n < 5; n++) bound.refuse(100, 96)
    expect(countToLimit(99.99)).toBe(10)
  })

  test('grows faster and faster when the limit is not there any more', () => {
    const { bound, accept } = start(null)
    bound.refuse(100, 96)
    accept(13)
    const steps = [accept(5), accept(5), accept(5)].map((value) => value ?? 0)
    expect(steps[1]).toBeGreaterThan((steps[0] ?? 0) * 1.5)
    expect(steps[2]).toBeGreaterThan(200)
  })

  test('searches quickly again after a limit that moved', () => {
    const { bound, accept, countToLimit } = start(null)
    for (let n = 0; n < 5; n++) {
      bound.refuse(100, 96)
      accept(1)
    }
    bound.refuse(50, 48)
    expect(countToLimit(49.99)).toBe(10)
  })

  test('is back within a minute and a half where requests are rare', () => {
    const { bound, accept, pass } = start(null)
    for (let n = 0; n < 6; n++) {
      bound.refuse(10, 9.6)
      accept(1)
    }
    bound.refuse(10, 9.6)
    for (let n = 0; n < 9; n++) {
      pass(10_000)
      bound.accept()
    }
    expect(bound.read()).toBeGreaterThanOrEqual(10)
  })

  test('stays finite after hours without a refusal', () => {
    const { bound, accept } = start(null)
    bound.refuse(100, 96)
    expect(accept(100_000)).toBeLessThan(Infinity)
  })
})
