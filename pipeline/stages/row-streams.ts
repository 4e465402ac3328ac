/** Rows that are there already, as the stream that a stage takes. */
export async function* toAsync<T>(rows: Iterable<T>): AsyncGenerator<T> {
  yield* rows
}

/** Passes rows on and shows each to `see`. */
export async function* tap<T>(rows: AsyncIterable<T>, see: (row: T) => void): AsyncGenerator<T> {
  for await (const row of rows) {
    see(row)
    yield row
  }
}

/** One stream after the other. */
export async function* concat<T>(...streams: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  for (const stream of streams) yield* stream
}

/** Passes rows on until the signal is aborted; `leave` is told of each that comes later. */
export async function* untilAborted<T>(
  rows: AsyncIterable<T>,
  signal: AbortSignal,
  leave: (row: T) => void,
): AsyncGenerator<T> {
  for await (const row of rows) {
    if (signal.aborted) leave(row)
    else yield row
  }
}
