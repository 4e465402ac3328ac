import type { LaneState } from '../models/limited-lane.ts'

/**
 * What holds requests back, for the progress line; empty: nothing.
 * - `down`: a model has no endpoint that answers;
 * - `paused`: a server asked to wait, or refuses everything;
 * - `throttled`: a rate is kept to.
 */
export function describeLanes(lanes: readonly LaneState[]): 'down' | 'paused' | 'throttled' | '' {
  const busy = lanes.filter(({ waiting }) => waiting > 0)
  if (busy.some(({ endpoints }) => endpoints.every(({ breaker }) => breaker.state !== 'closed'))) return 'down'
  if (busy.some(({ endpoints }) => endpoints.every(({ limiter }) => limiter.pausedMs > 0))) return 'paused'
  if (busy.some(({ endpoints }) => endpoints.some(({ limiter }) => limiter.isThrottled))) return 'throttled'
  return ''
}
