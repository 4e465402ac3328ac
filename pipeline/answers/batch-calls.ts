export type BatchedCalls<In, Out> = {
  readonly call: (item: In) => Promise<Out>
  /** Resolves when every call so far has come back, well or not. */
  readonly settle: () => Promise<void>
}

type Waiting<In, Out> = {
  readonly item: In
  readonly resolve: (result: Out) => void
  readonly reject: (error: unknown) => void
}

/**
 * Makes one call out of the many that come in one turn of the event loop, or while the call before is under way: a round
 * trip to a server serves them all ("group commit", where the call is a commit). A call that fails fails for each of them.
 * @param most items in one call.
 */
export function batchCalls<In, Out>(
  run: (items: readonly In[]) => Promise<readonly Out[]>,
  most: number,
): BatchedCalls<In, Out> {
  let waiting: Waiting<In, Out>[] = []
  let running: Promise<void> | null = null

  const runAll = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve))
    while (waiting.length > 0) {
      const batch = waiting.slice(0, most)
      waiting = waiting.slice(most)
      try {
        const results = await run(batch.map(({ item }) => item))
        for (const [n, { resolve, reject }] of batch.entries()) {
          const result = results[n]
          if (result === undefined) reject(new Error('a batch of calls came back with too few results'))
          else resolve(result)
        }
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    running = null
  }
  return {
    call: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        running ??= runAll()
      }),
    settle: async () => {
      // One run takes what comes while it is under way.
      await running
    },
  }
}
