import type { Interruption } from '../cli/signals.ts'

/**
 * An interruption by a caller's signals: the first drains, as a first Ctrl-C does, the second gives up what is in flight.
 * The process's own signals are left alone.
 */
export function listenForAbort(signal: AbortSignal | undefined, stopSignal: AbortSignal | undefined): Interruption {
  const drain = new AbortController()
  const stop = new AbortController()
  let isSignalled = false
  const onDrain = (): void => {
    isSignalled = true
    // Whatever the caller's reason is, a build knows an interruption by this one.
    drain.abort(new DOMException('interrupted', 'AbortError'))
  }
  const onStop = (): void => {
    onDrain()
    stop.abort(new DOMException('interrupted', 'AbortError'))
  }
  if (signal?.aborted) onDrain()
  if (stopSignal?.aborted) onStop()
  signal?.addEventListener('abort', onDrain)
  stopSignal?.addEventListener('abort', onStop)
  return {
    drain: drain.signal,
    stop: stop.signal,
    giveUp: (reason) => drain.abort(reason),
    wasSignalled: () => isSignalled,
    [Symbol.dispose]: () => {
      signal?.removeEventListener('abort', onDrain)
      stopSignal?.removeEventListener('abort', onStop)
    },
  }
}
