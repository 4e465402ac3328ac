import { describe, expect, test } from 'vitest'
import { readDurationMs, readServerLimits } from '../../pipeline/models/server-limits.ts'
import { outcomeOf } from './scripted-provider.ts'

describe('headers tell', () => {
  test.each<[string, Record<string, string>, ReturnType<typeof readServerLimits>]>([
    ['nothing where there are none', { 'content-type': 'application/json' }, null],
    [
      "OpenAI's limits",
      {
        'x-ratelimit-limit-requests': '5000',
        'x-ratelimit-remaining-requests': '4999',
        'x-ratelimit-reset-requests': '12ms',
        'x-ratelimit-limit-tokens': '160000',
        'x-ratelimit-remaining-tokens': '150000',
        'x-ratelimit-reset-tokens': '3.75s',
      },
      { requestsPerMinute: 5000, tokensPerMinute: 160_000, exhausted: null },
    ],
    [
      'which of them is used up',
      { 'x-ratelimit-limit-tokens': '1000', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1m0s' },
      { requestsPerMinute: null, tokensPerMinute: 1000, exhausted: 'tokens' },
    ],
    [
      'no limit by the minute where it comes back in hours, such as requests a day',
      {
        'x-ratelimit-limit-requests': '14400',
        'x-ratelimit-remaining-requests': '14370',
        'x-ratelimit-reset-requests': '2m59.56s',
      },
      { requestsPerMinute: null, tokensPerMinute: null, exhausted: null },
    ],
    [
      'what is left without a limit',
      { 'x-ratelimit-remaining-requests': '0' },
      { requestsPerMinute: null, tokensPerMinute: null, exhausted: 'requests' },
    ],
    [
      'a limit of an early draft',
      { 'ratelimit-limit': '100', 'ratelimit-remaining': '50', 'ratelimit-reset': '30' },
      { requestsPerMinute: 100, tokensPerMinute: null, exhausted: null },
    ],
    [
      'its window',
      { 'ratelimit-limit': '10, 10;w=1', 'ratelimit-remaining': '0' },
      { requestsPerMinute: 600, tokensPerMinute: null, exhausted: 'requests' },
    ],
    [
      'a policy of a late draft',
      { 'ratelimit-policy': '"default";q=100;w=30', ratelimit: '"default";r=0;t=12' },
      { requestsPerMinute: 200, tokensPerMinute: null, exhausted: 'requests' },
    ],
    [
      'no limit by the minute where the policy is by the hour',
      { 'ratelimit-policy': '"hourly";q=1000;w=3600' },
      { requestsPerMinute: null, tokensPerMinute: null, exhausted: null },
    ],
    ['nothing where they make no sense', { 'x-ratelimit-limit-requests': 'unlimited' }, null],
    [
      'no limit of zero',
      { 'x-ratelimit-limit-requests': '0' },
      { requestsPerMinute: null, tokensPerMinute: null, exhausted: null },
    ],
  ])('%s', (_, headers, expected) => {
    expect(readServerLimits(new Headers(headers))).toEqual(expected)
  })
})

test.each([
  ['1s', 1000],
  ['6m0s', 360_000],
  ['20ms', 20],
  ['2m59.56s', 179_560],
  ['1h2m3s', 3_723_000],
  ['30', 30_000],
  ['0.5', 500],
  ['soon', null],
  ['1 s', null],
  ['', null],
  [null, null],
])('the duration %j is %j ms', (text, expected) => {
  expect(readDurationMs(text)).toBe(expected)
})

describe('over the wire', () => {
  const headers = { 'x-ratelimit-limit-requests': '500', 'x-ratelimit-remaining-requests': '0' }
  const limits = { requestsPerMinute: 500, tokensPerMinute: null, exhausted: 'requests' }

  test('an answer carries what its headers say', async () => {
    const body = { id: '', model: 'm', choices: [{ finish_reason: 'stop', message: { content: 'Hi.' } }] }
    expect(await outcomeOf({ status: 200, headers, body })).toMatchObject({ status: 'answered', limits })
  })

  test('so does a refusal', async () => {
    expect(await outcomeOf({ status: 429, headers })).toMatchObject({ status: 'retryable', limits })
  })

  test("a refusal's error type names the limit that was met", async () => {
    const body = { error: { message: 'Rate limit reached', type: 'tokens', code: 'rate_limit_exceeded' } }
    expect(await outcomeOf({ status: 429, headers, body })).toMatchObject({
      limits: { requestsPerMinute: 500, exhausted: 'tokens' },
    })
    expect(await outcomeOf({ status: 429, body })).toMatchObject({
      limits: { requestsPerMinute: null, exhausted: 'tokens' },
    })
  })

  test('an answer without such headers carries nothing', async () => {
    expect(await outcomeOf({ content: 'Hi.' })).not.toHaveProperty('limits')
  })
})
