import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRateBucket } from '../../pipeline/models/rate-bucket.ts'

const minuteMs = 60_000

type Taken = { readonly atMs: number; readonly amount: number }

/** Takes the amounts one after the other, each as soon as it may, after the idle time before it. */
function takeAll(perMinute: number, wishes: readonly { readonly idleMs: number; readonly amount: number }[]): Taken[] {
  let nowMs = 0
  const bucket = createRateBucket(perMinute, () => nowMs)
  return wishes.map(({ idleMs, amount }) => {
    nowMs += idleMs
    nowMs += Math.ceil(bucket.waitMs(amount))
    expect(bucket.waitMs(amount)).toBe(0)
    bucket.take(amount)
    return { atMs: nowMs, amount }
  })
}

/** The most that was taken in any 60 seconds. */
function busiestMinute(taken: readonly Taken[]): number {
  return taken.reduce((most, { atMs: fromMs }) => {
    const inside = taken.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + minuteMs)
    return Math.max(
      most,
      inside.reduce((sum, { amount }) => sum + amount, 0),
    )
  }, 0)
}

const idle = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 90_000 }))

test('requests never pass the limit in any minute, however they come', () => {
  const wishes = fc.array(fc.record({ idleMs: idle, amount: fc.constant(1) }), { minLength: 1, maxLength: 150 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), wishes, (perMinute, all) => {
      expect(busiestMinute(takeAll(perMinute, all))).toBeLessThanOrEqual(perMinute)
    }),
  )
})

test('tokens pass it by no more than the last amount exceeds a second of the limit', () => {
  const amount = fc.integer({ min: 1, max: 4000 })
  const wishes = fc.array(fc.record({ idleMs: idle, amount }), { minLength: 1, maxLength: 100 })
  fc.assert(
    fc.property(fc.integer({ min: 600, max: 60_000 }), wishes, (perMinute, all) => {
      const largest = Math.max(...all.map((one) => one.amount))
      const beyond = Math.max(0, largest - Math.floor(perMinute / 60))
      expect(busiestMinute(takeAll(perMinute, all))).toBeLessThanOrEqual(perMinute + beyond)
    }),
  )
})

test('under steady demand at least 98% of the limit is used', () => {
  for (const perMinute of [1, 7, 60, 600, 30_000]) {
    const wishes = Array.from({ length: perMinute * 3 }, () => ({ idleMs: 0, amount: 1 }))
    const endMs = takeAll(perMinute, wishes).at(-1)?.atMs ?? 0
    expect((perMinute * 3 * minuteMs) / endMs / perMinute, `${perMinute}`).toBeGreaterThan(0.97)
  }
})

describe('a bucket', () => {
  test('without a limit makes nothing wait', () => {
    const bucket = createRateBucket(null, () => 0)
    bucket.take(1e9)
    expect(bucket.waitMs(1e9)).toBe(0)
  })

  test('lets an amount larger than itself through once it is full, and is paid back before the next', () => {
    let nowMs = 0
    const bucket = createRateBucket(6000, () => nowMs)
    expect(bucket.waitMs(2000)).toBe(0)
    bucket.take(2000)
    expect(bucket.waitMs(1)).toBeGreaterThan(18_000)
    nowMs = 21_000
    expect(bucket.waitMs(1)).toBe(0)
  })

  test('is corrected when an amount came to less or to more', () => {
    const bucket = createRateBucket(6000, () => 0)
    bucket.take(100)
    bucket.take(-60)
    expect(bucket.waitMs(60)).toBe(0)
    bucket.take(100)
    expect(bucket.waitMs(1)).toBeGreaterThan(400)
  })

  test('that was emptied until some time is empty then, and gives nothing before', () => {
    let nowMs = 0
    const bucket = createRateBucket(600, () => nowMs)
    bucket.emptyUntil(5000)
    expect(bucket.waitMs(1)).toBeGreaterThan(5000)
    nowMs = 5000
    expect(bucket.waitMs(1)).toBeGreaterThan(90)
  })

  test('with a new limit keeps no more than that one has room for', () => {
    const bucket = createRateBucket(6000, () => 0)
    bucket.setLimit(60)
    expect(bucket.waitMs(1)).toBe(0)
    bucket.take(1)
    expect(bucket.waitMs(1)).toBe(1000)
    bucket.setLimit(null)
    expect(bucket.waitMs(1)).toBe(0)
  })
})
