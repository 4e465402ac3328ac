import { setImmediate } from 'node:timers/promises'

/** The longest that rows may keep the event loop from signals, timers and files. */
const longestTurnMs = 50

let turnStartMs = 0

/**
 * Lets the event loop turn if it has not for a while. Rows that wait for nothing but the answer store never give it a
 * turn: with all answers there, Ctrl-C, the progress line and `status.json` would stand still until the last row.
 */
export async function takeTurns(): Promise<void> {
  if (performance.now() - turnStartMs < longestTurnMs) return
  await setImmediate()
  turnStartMs = performance.now()
}
