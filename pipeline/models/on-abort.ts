/** Of each signal that is listened to. */
const listenersOf = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `listener` when `signal` is aborted, which it must not be yet. For a signal that hundreds of requests share: an
 * EventTarget compares each new listener with all that stand, a set does not.
 * @returns Ends it.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = listenersOf.get(signal) ?? listenOnce(signal)
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

function listenOnce(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>()
  listenersOf.set(signal, listeners)
  signal.addEventListener(
    'abort',
    () => {
      for (const listener of listeners) listener()
      listeners.clear()
    },
    { once: true },
  )
  return listeners
}
