import { importRecording } from '../answers/recording.ts'
import { createLedger, type Ledger } from '../build/ledger.ts'
import type { ResolvedBuild } from '../build/resolve-build.ts'
import { createPriceLookup } from '../config/price-table.ts'
import { offlineExecutor } from '../executors/offline.ts'
import type { ModelPort } from '../models/model-port.ts'
import { createStoredModelPort } from '../models/stored-model-port.ts'
import type { UserError } from '../records/user-error.ts'
import { openLiveExecutor } from './open-executor.ts'
import { openAnswerStore } from './open-store.ts'
import type { Interruption } from './signals.ts'

export type CalibrationModels = {
  readonly models: ModelPort
  readonly ledger: Ledger
  /** The error after which sending on is pointless; null while there is none. */
  readonly hopeless: () => UserError | null
  /** Resolves when every answer that is under way is in the store. */
  readonly close: () => Promise<void>
}

export type CalibrationModelsOptions = {
  readonly resolved: ResolvedBuild
  readonly storePath: string
  readonly isOffline: boolean
  readonly interruption: Interruption
  readonly note: (line: string) => void
}

/**
 * A config's models behind its answer store, as a build has them.
 * @throws UserError `api_key`, `answer_store`, and those of recordings.
 */
export async function openCalibrationModels(options: CalibrationModelsOptions): Promise<CalibrationModels> {
  const { resolved, storePath, isOffline, interruption, note } = options
  let hopeless: UserError | null = null
  const live = isOffline
    ? null
    : openLiveExecutor(
        resolved.config,
        interruption,
        (error) => {
          if (hopeless !== null) return
          hopeless = error
          note(`${error.message} - stopping.`)
          interruption.giveUp(error)
        },
        note,
      )
  const store = await openAnswerStore(storePath)
  try {
    await live?.load()
    for (const path of resolved.recordings) await importRecording(path, store)
  } catch (error) {
    await store.close()
    await live?.close()
    throw error
  }
  const ledger = createLedger(createPriceLookup(resolved.config))
  const models = createStoredModelPort({
    store,
    executor: live?.executor ?? offlineExecutor,
    observe: ledger.record,
    timestamp: () => new Date().toISOString(),
  })
  return {
    models,
    ledger,
    hopeless: () => hopeless,
    close: async () => {
      await models.settle()
      await store.close()
      await live?.close()
    },
  }
}
