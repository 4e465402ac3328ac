import type { BatchStore } from '../answers/batch-store.ts'
import type { BatchDesk } from '../executors/batch/batch-desk.ts'
import { BatchTrouble } from '../executors/batch/batch-lane.ts'
import type { WaveBudget } from '../executors/batch/wave-budget.ts'
import type { Executor } from '../executors/executor.ts'
import type { LookAhead } from './look-ahead.ts'

/** How a pass of the pipeline gets what the store lacks. */
export type Answering = {
  readonly executor: Executor
  /** Loads what misses are sent with. Called once it is certain that something is made, before anything is. */
  readonly prepare?: () => Promise<void>
  /** As the model port takes it. */
  readonly isBoughtNow?: (digest: string) => boolean
  /** For an executor whose answers come by wave: what else to ask where one is missing. Default: `none`. */
  readonly lookAhead?: LookAhead
}

/** One run of a pipeline over the store; `incomplete` where it lacks answers. */
export type Pass<R extends { readonly status: string }> = (answering: Answering) => Promise<R>

/*
 * A build by batches is a row of *waves*. The pipeline is pure, so a wave is: run it on the store and write down what it
 * lacks; submit that as batches; store their answers; run it again. The first pass that lacks nothing is the build.
 * Nothing is carried from pass to pass but the stores, so a run may end anywhere and the next one goes on.
 */

export type WaveDependencies = {
  readonly desk: BatchDesk
  readonly batches: BatchStore
  readonly budget: WaveBudget
  /** Names this run to the batch store. */
  readonly run: string
  /** Submit what is missing and end without waiting for it. */
  readonly isDetached: boolean
  readonly drain: AbortSignal
}

export type WaveResult<R> = {
  readonly result: R
  /** What ended the sending; null where nothing did. */
  readonly trouble: BatchTrouble | null
}

export async function runInWaves<R extends { readonly status: string }>(
  pass: Pass<R>,
  { desk, batches, budget, run, isDetached, drain }: WaveDependencies,
): Promise<WaveResult<R>> {
  try {
    let trouble = await findTrouble(desk.open)
    for (;;) {
      const collector = await desk.collect()
      const { executor } = collector
      const result = await pass({ executor, isBoughtNow: batches.tellFetched(run) })
      if (result.status !== 'incomplete') return { result, trouble: null }
      const { wanted, givenUp, unaffordable } = await collector.finish()
      if (trouble !== null || drain.aborted) return { result, trouble }
      if (wanted.size === 0) {
        // What kept this pass from its room was given back: the next one may take it.
        if (unaffordable > 0 && !(await budget.conclude())) continue
        await batches.giveUp(givenUp)
        return { result, trouble: null }
      }
      trouble = await findTrouble(() => (isDetached ? desk.submit() : desk.waitFor(wanted)))
      // One more pass even in trouble: what the batches answered counts in the result.
      if (isDetached || drain.aborted) return { result, trouble }
    }
  } finally {
    await desk.close()
  }
}

async function findTrouble(step: () => Promise<void>): Promise<BatchTrouble | null> {
  try {
    await step()
    return null
  } catch (error) {
    if (error instanceof BatchTrouble) return error
    throw error
  }
}
