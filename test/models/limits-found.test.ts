import { describe, expect, test } from 'vitest'
import { simulateLane, type Simulation } from './simulate-lane.ts'

/** Uniform from 0.4 to 1.6 of the mean, the same in each run. */
function vary(mean: number): () => number {
  let state = 1
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return mean * (0.4 + (1.2 * state) / 2_147_483_648)
  }
}

describe('limits that nobody tells are found: 90% of what is allowed in the first minute and after, and less than 2% refused once settled, with', () => {
  test.each<[string, Simulation, number]>([
    ['600 requests a minute', { hidden: { requestsPerMinute: 600 } }, 600],
    ['600 requests a minute and a retry-after', { hidden: { requestsPerMinute: 600, retryAfter: true } }, 600],
    ['600 requests a minute in a bucket of a minute', { hidden: { requestsPerMinute: 600, burstSeconds: 60 } }, 600],
    ['600 requests a minute in headers', { hidden: { requestsPerMinute: 600, headers: true } }, 600],
    ['6,000 requests a minute', { hidden: { requestsPerMinute: 6000 }, demand: 128 }, 6000],
    [
      '60 requests a minute in a bucket of 10 s',
      { hidden: { requestsPerMinute: 60, burstSeconds: 10 }, latencyMs: vary(2000) },
      60,
    ],
    ['600,000 tokens a minute', { hidden: { tokensPerMinute: 600_000 }, tokens: vary(1000) }, 600],
    ['600,000 tokens in headers', { hidden: { tokensPerMinute: 600_000, headers: true }, tokens: vary(1000) }, 600],
    ['20 requests at once', { hidden: { concurrency: 20 }, latencyMs: vary(2000) }, 600],
    ['20 requests at once, all equally long', { hidden: { concurrency: 20 } }, 4000],
  ])('%s', async (_, simulation, perMinute) => {
    const { clock, measure } = simulateLane(simulation)
    await clock.pass(60_000)
    expect(measure().admitted / perMinute).toBeGreaterThan(0.9)
    await clock.pass(240_000)
    const settled = measure()
    expect(settled.admitted / perMinute / 4).toBeGreaterThan(0.9)
    expect(settled.refusedShare).toBeLessThan(0.02)
  })
})

test.each([
  ['a second', 1, 0.88],
  ['10 seconds', 10, 0.94],
])('limits that a server counts in windows of %s are found in the second minute', async (_, windowSeconds, share) => {
  const hidden = { requestsPerMinute: 1500, windowSeconds }
  const { clock, measure } = simulateLane({ hidden, demand: 128, latencyMs: vary(300) })
  await clock.pass(60_000)
  measure()
  await clock.pass(240_000)
  const settled = measure()
  expect(settled.admitted / 6000).toBeGreaterThan(share)
  expect(settled.refusedShare).toBeLessThan(0.02)
})

test('requests that are held up by answers of 10 s are found in the second minute', async () => {
  const { clock, measure } = simulateLane({
    hidden: { requestsPerMinute: 600 },
    latencyMs: vary(10_000),
    demand: 256,
  })
  await clock.pass(60_000)
  measure()
  await clock.pass(120_000)
  const settled = measure()
  expect(settled.admitted / 1200).toBeGreaterThan(0.9)
  expect(settled.refusedShare).toBeLessThan(0.02)
})

test('a limit that is halved is found at once, and one that comes back within a minute', async () => {
  const { clock, service, measure } = simulateLane({ hidden: { requestsPerMinute: 600 } })
  await clock.pass(120_000)
  service.setLimits({ requestsPerMinute: 300 })
  measure()
  await clock.pass(60_000)
  const halved = measure()
  expect(halved.admitted / 300).toBeGreaterThan(0.9)
  expect(halved.refusedShare).toBeLessThan(0.05)
  service.setLimits({ requestsPerMinute: 600 })
  await clock.pass(60_000)
  measure()
  await clock.pass(60_000)
  const back = measure()
  expect(back.admitted / 600).toBeGreaterThan(0.9)
  expect(back.refusedShare).toBeLessThan(0.02)
})

test('a limit that others used up for a while is found again a minute and a half after they end', async () => {
  const { clock, service, measure } = simulateLane({ hidden: { requestsPerMinute: 600 } })
  await clock.pass(120_000)
  service.setLimits({ requestsPerMinute: 6 })
  await clock.pass(30_000)
  service.setLimits({ requestsPerMinute: 600 })
  await clock.pass(90_000)
  measure()
  await clock.pass(60_000)
  expect(measure().admitted / 600).toBeGreaterThan(0.9)
})

test('an event loop that looks at replies every 50 ms only still finds a cap on requests at once', async () => {
  const { clock, measure } = simulateLane({ hidden: { concurrency: 20 }, latencyMs: vary(2000), lagMs: 50 })
  await clock.pass(60_000)
  measure()
  await clock.pass(120_000)
  const settled = measure()
  expect(settled.admitted / 1200).toBeGreaterThan(0.9)
  expect(settled.refusedShare).toBeLessThan(0.02)
})

test('without adaptive nothing is found: the configured limits hold', async () => {
  const { clock, lane, measure } = simulateLane({
    hidden: { requestsPerMinute: 600, headers: true },
    limits: { adaptive: false, requestsPerMinute: 300 },
    demand: 16,
  })
  await clock.pass(60_000)
  expect(measure()).toMatchObject({ refusedShare: 0 })
  expect(lane.read().endpoints[0]?.limiter).toMatchObject({ window: 16, requestsPerMinute: null })
})
