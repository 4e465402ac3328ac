import { expect, test } from 'vitest'
import { mapRows } from '../../pipeline/stages/map-rows.ts'
import { toAsync } from '../../pipeline/stages/row-streams.ts'

test('timers and signals have their turn while rows come that wait for nothing', async () => {
  const rows = Array.from({ length: 100 }, (_, n) => n)
  const isFired: boolean[] = []
  let fired = false
  setTimeout(() => (fired = true), 1)
  for await (const _ of mapRows(toAsync(rows), 4, keepBusy)) isFired.push(fired)
  expect(isFired).toHaveLength(100)
  expect(isFired).toContain(true)
})

/** Of the CPU, as work on a row whose answers are all stored. */
async function keepBusy(row: number): Promise<number> {
  const end = performance.now() + 2
  while (performance.now() < end) continue
  return row
}

test('a result of undefined yields nothing', async () => {
  const even = mapRows(toAsync([1, 2, 3, 4]), 2, async (row) => (row % 2 === 0 ? row : undefined))
  expect((await Array.fromAsync(even)).toSorted((a, b) => a - b)).toEqual([2, 4])
})
