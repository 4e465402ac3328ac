import { expect, test, vi } from 'vitest'
import { onAbort } from '../../pipeline/models/on-abort.ts'

test('every listener that stands is called once, in order, and one that has ended is not', () => {
  const controller = new AbortController()
  const called: string[] = []
  onAbort(controller.signal, () => called.push('first'))
  const end = onAbort(controller.signal, () => called.push('second'))
  onAbort(controller.signal, () => called.push('third'))
  end()
  controller.abort()
  expect(called).toEqual(['first', 'third'])
})

test('one that a call ends is not called any more', () => {
  const controller = new AbortController()
  const called: string[] = []
  onAbort(controller.signal, () => endSecond())
  const endSecond = onAbort(controller.signal, () => called.push('second'))
  controller.abort()
  expect(called).toEqual([])
})

test('however many listen, the signal has one listener', () => {
  const { signal } = new AbortController()
  const added = vi.spyOn(signal, 'addEventListener')
  for (let n = 0; n < 100; n += 1) onAbort(signal, () => undefined)
  expect(added).toHaveBeenCalledOnce()
})

test('signals are apart', () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const called: string[] = []
  onAbort(one.signal, () => called.push('one'))
  onAbort(other.signal, () => called.push('other'))
  other.abort()
  expect(called).toEqual(['other'])
})
