import type { Gate } from './gate.ts'

/** Always on: a set without a row is none. */
export const acceptedRowsGate: Gate = {
  name: 'accepted_rows',
  async judge({ subject }, sink) {
    const { accepted } = subject.counts
    const failures = accepted === 0 ? ['no candidate was accepted, so there is no shard to publish'] : []
    if (accepted === 0) sink.add({ cell: 'whole build', what: 'has no row' })
    return { limit: { rows: 1 }, measured: { rows: accepted }, summary: `${accepted} rows`, failures }
  },
}
