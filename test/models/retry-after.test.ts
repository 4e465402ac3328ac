import { expect, test } from 'vitest'
import { readRetryAfterMs } from '../../pipeline/models/retry-after.ts'

const now = Date.parse('2025-06-01T12:00:00Z')

test.each([
  ['nothing', {}, null],
  ['milliseconds', { 'retry-after-ms': '1500' }, 1500],
  ['seconds', { 'retry-after': '3' }, 3000],
  ['seconds with a fraction', { 'retry-after': '0.25' }, 250],
  ['milliseconds before seconds', { 'retry-after-ms': '20', 'retry-after': '3' }, 20],
  ['an HTTP date', { 'retry-after': 'Sun, 01 Jun 2025 12:00:30 GMT' }, 30_000],
  ['a date that has passed', { 'retry-after': 'Sun, 01 Jun 2025 11:00:00 GMT' }, 0],
  [
    'a date against the clock of the server',
    { 'retry-after': 'Sun, 01 Jun 2025 15:00:30 GMT', date: 'Sun, 01 Jun 2025 15:00:00 GMT' },
    30_000,
  ],
  ['unreadable text', { 'retry-after': 'soon' }, null],
  ['a negative number, which is no wait', { 'retry-after-ms': '-5' }, null],
  ['more than a timer can hold', { 'retry-after': '99999999' }, 2 ** 31 - 1],
])('%s', (_, headers, expected) => {
  expect(readRetryAfterMs(new Headers(headers), now)).toBe(expected)
})
