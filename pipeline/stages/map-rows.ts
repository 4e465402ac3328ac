import { pMapIterable } from 'p-map'
import { takeTurns } from './take-turns.ts'

/**
 * Maps rows with many in flight, each passed on as soon as it is ready (one slow request holds up nothing but its own
 * row), with back-pressure: at most twice `rowsInFlight` results wait for the
 * consumer, so memory is bounded. The event loop gets its turns however fast rows come. An undefined result (a row that was rejected or left open) yields nothing.
 */
export async function* mapRows<I, O>(
  rows: AsyncIterable<I>,
  rowsInFlight: number,
  map: (row: I) => Promise<O | undefined>,
): AsyncGenerator<O> {
  const options = { concurrency: rowsInFlight, backpressure: rowsInFlight * 2, preserveOrder: false }
  for await (const row of pMapIterable(rows, map, options)) {
    await takeTurns()
    if (row !== undefined) yield row
  }
}
