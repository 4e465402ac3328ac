export type Interruption = {
  /** Aborted on the first SIGINT or SIGTERM, or by `giveUp`. */
  readonly drain: AbortSignal
  /** Aborted on the second. */
  readonly stop: AbortSignal
  /** Drains for a reason of the program's own. */
  readonly giveUp: (reason: unknown) => void
  readonly wasSignalled: () => boolean
  readonly [Symbol.dispose]: () => void
}

/** After the second signal the process ends within this time, whatever hangs. */
const lastGraceMs = 2_000

/**
 * The first Ctrl-C drains: nothing new is sent, what is in flight is waited for and stored. The second gives up what is
 * in flight. Either way the process ends with the code for an interruption.
 */
export function listenForSignals(note: (line: string) => void, exit: () => void): Interruption {
  const drain = new AbortController()
  const stop = new AbortController()
  let signals = 0
  const onSignal = (): void => {
    signals += 1
    if (signals === 1) {
      note('Stopping: waiting for the requests in flight, whose answers are kept. Ctrl-C again gives them up.')
      drain.abort(new DOMException('interrupted', 'AbortError'))
    } else if (signals === 2) {
      stop.abort(new DOMException('interrupted', 'AbortError'))
      setTimeout(exit, lastGraceMs).unref()
    }
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    drain: drain.signal,
    stop: stop.signal,
    giveUp: (reason) => drain.abort(reason),
    wasSignalled: () => signals > 0,
    [Symbol.dispose]: () => {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}

/** Whether work was given up, and not that it failed. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
