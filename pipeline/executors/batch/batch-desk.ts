import pMap from 'p-map'
import type { AnswerStore } from '../../answers/answer-store.ts'
import type { StoredBatch } from '../../answers/batch-store.ts'
import type { RemoteBatch } from '../../models/batch-api.ts'
import { noRoomCodes } from '../../models/batch-api.ts'
import { retryBatchCall, waitUnless } from '../../models/retry-batch-call.ts'
import { adoptBatches, dropPlanned } from './adopt-batches.ts'
import {
  BatchTrouble,
  createTrouble,
  describeBatch,
  keyOfLane,
  type BatchDeskOptions,
  type BatchLane,
} from './batch-lane.ts'
import { collectMisses, type MissCollector } from './collect-misses.ts'
import { settleBatch, settleFailedBatch } from './settle-batch.ts'
import { explainFailure, submitBatch } from './submit-batch.ts'

/*
 * Everything that happens to batches between two passes of the pipeline. The desk remembers nothing that a crash may
 * not take: what is under way stands in the batch store.
 */

export type BatchDesk = {
  /** Takes up what earlier runs left, and fetches what has come back since. */
  readonly open: () => Promise<void>
  readonly collect: () => Promise<MissCollector>
  /** Hands planned batches over as far as there is room. */
  readonly submit: () => Promise<void>
  /** Submits and fetches until none of these is open any more, or the run is draining. */
  readonly waitFor: (ids: ReadonlySet<string>) => Promise<void>
  /** Drops what was planned and not submitted. */
  readonly close: () => Promise<void>
}

/** Statuses after which the server does no more; any other means that the batch is under way. */
const endStatuses: ReadonlySet<string> = new Set(['completed', 'failed', 'expired', 'cancelled'])

const retrievesAtOnce = 8
/** The first look comes soon: a batch that is turned down as a whole is turned down within seconds. */
const firstPollMs = 2_000
const pollGrowth = 1.5
/** A queue that stays full although nothing of ours is in it. */
const fullQueueTries = 10
const dayMs = 24 * 60 * 60_000

/** What this run has seen of a lane's queue: full since when, and how often in a row. */
type LaneState = { readonly lane: BatchLane; pausedUntil: number; refusals: number }

export function openBatchDesk(options: BatchDeskOptions, store: Pick<AnswerStore, 'get' | 'put'>): BatchDesk {
  const { batches, budget, limits, retries, now, note, build } = options
  const states = new Map<string, LaneState>(
    options.lanes.map((lane) => [keyOfLane(lane), { lane, pausedUntil: 0, refusals: 0 }]),
  )
  /** Batches of models that the config does not name stay where they are: nobody has their key. */
  const listOurs = async (kind: StoredBatch['state']): Promise<readonly { batch: StoredBatch; state: LaneState }[]> =>
    (await batches.list([kind])).flatMap((batch) => {
      const state = states.get(keyOfLane(batch))
      return state === undefined ? [] : [{ batch, state }]
    })

  const noteNoRoom = async (batch: StoredBatch, state: LaneState): Promise<void> => {
    // Batches that are turned down together are one refusal.
    if (now() < state.pausedUntil) return
    state.refusals += 1
    state.pausedUntil = now() + Math.min(limits.pollMs * 2 ** state.refusals, 32 * limits.pollMs)
    note(`${describeBatch(batch)} of wave ${batch.wave}: the provider has no room for it, waiting`)
    const isAlone = (await listOurs('submitted')).every((one) => one.state !== state)
    if (!isAlone || state.refusals < fullQueueTries) return
    const { lane } = state
    const detail = `expected room for a batch of about ${batch.tokens} prompt tokens, got none in ${state.refusals} tries`
    throw createTrouble(
      'provider_down',
      detail,
      lane,
      `Set models.<name>.maxEnqueuedTokens to the provider's limit for ${lane.model}.`,
    )
  }

  const submit = async (): Promise<boolean> => {
    let isChanged = false
    for (const { batch, state } of await listOurs('planned')) {
      if (retries.drain.aborted) return isChanged
      if (state.pausedUntil > now() || !(await hasRoom(batch, state))) continue
      // A queue that was full is tried with one batch, until that one runs.
      if (state.refusals > 0 && (await listOurs('submitted')).some((one) => one.state === state && isNew(one.batch)))
        continue
      const submission = await submitBatch(batch, state.lane, options)
      isChanged = true
      if (submission === 'submitted') {
        const known = (await batches.list(['submitted'])).find(({ id }) => id === batch.id) ?? batch
        note(`${describeBatch(known)} of wave ${batch.wave}: submitted`)
      } else if (submission === 'no_room') {
        await noteNoRoom(batch, state)
      } else if (submission === 'unknown' && !retries.drain.aborted) {
        const detail = 'expected to learn whether a batch was created, got no reply'
        throw createTrouble(
          'provider_down',
          detail,
          state.lane,
          'Run again: the batch is looked for before it is sent again.',
        )
      }
    }
    return isChanged
  }

  const hasRoom = async ({ tokens }: StoredBatch, { lane }: LaneState): Promise<boolean> => {
    if (lane.maxEnqueuedTokens === null) return true
    const underWay = (await batches.list(['submitting', 'submitted'])).filter(
      (one) => keyOfLane(one) === keyOfLane(lane),
    )
    const enqueued = underWay.reduce((sum, one) => sum + one.tokens, 0)
    return underWay.length === 0 || enqueued + tokens <= lane.maxEnqueuedTokens
  }

  const settle = async (batch: StoredBatch, remote: RemoteBatch, state: LaneState): Promise<void> => {
    if (remote.status !== 'failed') {
      // What it took in the queue is free.
      state.pausedUntil = 0
      state.refusals = 0
      const trouble = await settleBatch(batch, remote, state.lane, store, options)
      if (trouble !== null) throw trouble
    } else if (remote.errors.some(({ code }) => noRoomCodes.has(code))) {
      await batches.replan(batch.id)
      await noteNoRoom(batch, state)
    } else {
      await settleFailedBatch(batch, remote, options)
    }
  }

  /**
   * Closes what is set aside for requests that no open batch holds any more: another process fetched or dropped theirs.
   * A batch counts in the run that submits it, so what was answered counts here.
   */
  const closeTaken = async (): Promise<void> => {
    const taken = new Set(budget.listOpen())
    if (taken.size === 0) return
    for (const { id } of await batches.list(['planned', 'submitting', 'submitted']))
      for (const digest of await batches.digests(id)) taken.delete(digest)
    for (const digest of taken) {
      const answer = await store.get(digest)
      if (answer === null) budget.release(digest)
      else budget.settle(digest, answer)
    }
  }

  /** Looks at one batch; true when it came to its end. */
  const lookAt = async (batch: StoredBatch, state: LaneState): Promise<boolean> => {
    const { remoteId } = batch
    if (remoteId === null) throw new Error(`batch ${batch.id} is submitted, but has no id of the provider`)
    const looked = await retryBatchCall(() => state.lane.api.retrieve(remoteId, retries.stop), retries)
    if (looked.status === 'done') {
      const { status } = looked.value
      if (status !== batch.remoteStatus) await batches.noteStatus(batch.id, status)
      if (!endStatuses.has(status)) return false
      await settle(batch, looked.value, state)
      return true
    }
    if (retries.drain.aborted) return false
    if (looked.status !== 'not_found') throw explainFailure(looked, state.lane)
    const ageMs = now() - Date.parse(batch.submittedAt ?? batch.createdAt)
    if (ageMs <= limits.windowMs + dayMs) {
      const remedy = 'A key of another project does not see it: run with the key that submitted it.'
      throw createTrouble('provider', looked.detail, state.lane, remedy)
    }
    // Its time is over: it answers no more, wherever it is.
    await settleFailedBatch(
      batch,
      { ...lostBatch, id: remoteId, errors: [{ code: 'not_found', message: looked.detail, line: null }] },
      options,
    )
    return true
  }

  /** One look at everything that is under way. What one batch's trouble is, is told after all were looked at. */
  const poll = async (): Promise<boolean> => {
    const troubles: BatchTrouble[] = []
    const orTrouble = async (step: () => Promise<boolean>): Promise<boolean> => {
      try {
        return await step()
      } catch (error) {
        if (!(error instanceof BatchTrouble)) throw error
        troubles.push(error)
        return true
      }
    }
    const looks: boolean[] = []
    for (const lane of options.lanes) looks.push(await orTrouble(() => adoptBatches(lane, options)))
    const look = ({ batch, state }: { batch: StoredBatch; state: LaneState }): Promise<boolean> =>
      orTrouble(() => lookAt(batch, state))
    looks.push(...(await pMap(await listOurs('submitted'), look, { concurrency: retrievesAtOnce })))
    const [first] = troubles
    if (first !== undefined) throw first
    return looks.includes(true)
  }

  return {
    open: async () => {
      await dropPlanned(options)
      await poll()
    },
    collect: async () => {
      await closeTaken()
      const waves = (await batches.list()).filter((one) => one.build === build).map(({ wave }) => wave)
      return collectMisses(options, Math.max(0, ...waves) + 1)
    },
    submit: async () => void (await submit()),
    waitFor: async (ids) => {
      let waitMs = Math.min(firstPollMs, limits.pollMs)
      for (;;) {
        const isChanged = [await submit(), await poll()].includes(true)
        const open = await batches.list(['planned', 'submitting', 'submitted'])
        if (retries.drain.aborted || !open.some(({ id }) => ids.has(id))) return
        waitMs = isChanged ? Math.min(firstPollMs, limits.pollMs) : Math.min(waitMs * pollGrowth, limits.pollMs)
        await waitUnless(waitMs, retries.drain, retries.stop)
      }
    },
    close: async () => {
      for (const { batch } of await listOurs('planned'))
        if (batch.build === build) await batches.drop(batch.id, 'planned')
    },
  }
}

/** It may yet be turned down for want of room. */
function isNew({ remoteStatus }: StoredBatch): boolean {
  return remoteStatus === null || remoteStatus === 'validating'
}

const lostBatch = {
  status: 'lost',
  intent: null,
  outputFileId: null,
  errorFileId: null,
  completed: 0,
  failed: 0,
  total: 0,
  createdAt: 0,
  endedAt: null,
} as const
