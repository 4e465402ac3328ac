/** Time, as what waits needs it; tests bring their own. */
export type Clock = {
  /** Milliseconds that never go back. */
  readonly now: () => number
  /** Runs the task so many milliseconds from now. Returns what calls it off. */
  readonly after: (ms: number, task: () => void) => () => void
}

/** The longest wait a timer can hold; beyond it Node's `setTimeout` fires at once. */
const longestTimerMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, Math.min(ms, longestTimerMs))
    return () => clearTimeout(timer)
  },
}
