/** How a run of `build` may end, as `status.json` and notifications say it. */
export const endStatuses = [
  'published',
  'unchanged',
  'held',
  'offline_miss',
  'provider_failed',
  'budget_reached',
  'submitted',
  'interrupted',
  'locked',
  'error',
] as const

export type EndStatusName = (typeof endStatuses)[number]
