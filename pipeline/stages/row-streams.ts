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
