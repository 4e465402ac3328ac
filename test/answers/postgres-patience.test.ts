import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { patiently } from '../../pipeline/answers/postgres-patience.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const away = (): Promise<never> => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }))

test('a server that comes back in time is waited for', async () => {
  let isAway = true
  const asked = patiently('postgres://a', async () => (isAway ? await away() : 'here'))
  await vi.advanceTimersByTimeAsync(120_000)
  isAway = false
  await vi.advanceTimersByTimeAsync(6000)
  await expect(asked).resolves.toBe('here')
})

test('when it is away for three minutes, all that wait give up and later ones try once; its first answer makes them patient again', async () => {
  const failures: string[] = []
  const ask = async (name: string): Promise<void> => {
    await patiently('postgres://b', away).catch(() => failures.push(name))
  }
  void ask('first')
  await vi.advanceTimersByTimeAsync(170_000)
  void ask('second')
  await vi.advanceTimersByTimeAsync(5000)
  expect(failures).toEqual([])
  await vi.advanceTimersByTimeAsync(20_000)
  expect(failures).toEqual(['first', 'second'])
  void ask('third')
  await vi.advanceTimersByTimeAsync(0)
  expect(failures).toEqual(['first', 'second', 'third'])
  await expect(patiently('postgres://b', async () => 'here')).resolves.toBe('here')
  void ask('fourth')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(failures).toHaveLength(3)
  await vi.advanceTimersByTimeAsync(130_000)
  expect(failures).toHaveLength(4)
})

test('an error that does not pass is thrown at once', async () => {
  const wrong = Object.assign(new Error('no such table'), { code: '42P01' })
  await expect(patiently('postgres://c', () => Promise.reject(wrong))).rejects.toBe(wrong)
})
