import { batchStates, type BatchState, type StoredBatch } from '../answers/batch-store.ts'

/** What `status.json` says of batches: those under way in this store, and those that ended during the run. */
export type BatchSummary = {
  /** Batches by state. */
  readonly counts: Readonly<Record<BatchState, number>>
  /** Requests in batches under way. */
  readonly underWay: number
  readonly waves: readonly {
    readonly build: string
    readonly wave: number
    readonly batches: readonly Pick<
      StoredBatch,
      'id' | 'remoteId' | 'model' | 'state' | 'remoteStatus' | 'requests' | 'answered' | 'submittedAt' | 'detail'
    >[]
  }[]
}

export function summariseBatches(batches: readonly StoredBatch[], startedAt: string): BatchSummary {
  const shown = batches.filter(({ state, settledAt }) => state !== 'settled' || (settledAt ?? '') >= startedAt)
  const waves = Map.groupBy(shown, ({ build, wave }) => JSON.stringify([build, wave]))
  return {
    counts: countStates(shown),
    underWay: shown.reduce((sum, { state, requests }) => sum + (state === 'settled' ? 0 : requests), 0),
    waves: [...waves.values()].flatMap((group) => {
      const [first] = group
      return first === undefined ? [] : [{ build: first.build, wave: first.wave, batches: group.map(pick) }]
    }),
  }
}

function countStates(batches: readonly StoredBatch[]): BatchSummary['counts'] {
  const [planned, submitting, submitted, settled] = batchStates.map(
    (state) => batches.filter((batch) => batch.state === state).length,
  )
  return { planned: planned ?? 0, submitting: submitting ?? 0, submitted: submitted ?? 0, settled: settled ?? 0 }
}

function pick(batch: StoredBatch): BatchSummary['waves'][number]['batches'][number] {
  const { id, remoteId, model, state, remoteStatus, requests, answered, submittedAt, detail } = batch
  return { id, remoteId, model, state, remoteStatus, requests, answered, submittedAt, detail }
}

/** One line of the summary for a person. */
export function renderBatches({ counts, underWay, waves }: BatchSummary): string {
  const states = batchStates.filter((state) => counts[state] > 0).map((state) => `${state} ${counts[state]}`)
  const ids = waves.flatMap(({ batches }) => batches.filter(({ state }) => state !== 'settled')).map(nameBatch)
  const named = ids.length === 0 ? '' : `: ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ' ...' : ''}`
  return `${states.join(', ') || 'none'}${underWay > 0 ? ` · ${underWay} requests under way${named}` : ''}`
}

/** One line a wave, for a person. */
export function renderWaves({ waves }: BatchSummary): readonly string[] {
  return waves.map(({ build, wave, batches }) => {
    const requests = batches.reduce((sum, batch) => sum + batch.requests, 0)
    const answered = batches.reduce((sum, batch) => sum + batch.answered, 0)
    // What the provider said last, where it was looked at; else how far we are.
    const states = Map.groupBy(batches, ({ state, remoteStatus }) => remoteStatus ?? state)
    const said = [...states].map(([state, group]) => `${state} ${group.length}`).join(', ')
    return `wave ${wave} of ${build}: ${requests} requests, ${answered} answered · batches: ${said}`
  })
}

function nameBatch({ remoteId, id }: { readonly remoteId: string | null; readonly id: string }): string {
  return remoteId ?? id
}
