import { randomUUID } from 'node:crypto'
import type { AnswerStore } from '../answers/answer-store.ts'
import { checkIsFile } from '../answers/store-address.ts'
import type { BatchStore } from '../answers/batch-store.ts'
import { openSqliteBatches } from '../answers/sqlite-batches.ts'
import { openBatchDesk, type BatchDesk } from '../executors/batch/batch-desk.ts'
import { keyOfLane, type BatchLane } from '../executors/batch/batch-lane.ts'
import { createWaveBudget, noBudget, type WaveBudget } from '../executors/batch/wave-budget.ts'
import type { Budget } from '../models/budget.ts'
import { normaliseEndpoint } from '../models/model-role.ts'
import { createOpenAiBatchApi } from '../models/openai-batch-api.ts'
import type { UserError } from '../records/user-error.ts'
import { readApiKey, type Environment } from './environment.ts'
import { openBudget } from './open-budget.ts'
import type { RunConfig } from './run-config.ts'
import type { Interruption } from './signals.ts'

export type OpenBatches = {
  readonly desk: BatchDesk
  readonly batches: BatchStore
  readonly budget: WaveBudget
  /** What the run may spend; null where the config has no cap. */
  readonly cap: Budget | null
  /** Names this run to the batch store. */
  readonly run: string
  readonly close: () => Promise<void>
}

/** Back-off between tries of a call, as for live requests. */
const backOff = { baseDelayMs: 500, maxDelayMs: 60_000 } as const
const hourMs = 60 * 60_000

/**
 * The batches of a config's models.
 * @throws UserError `api_key` when a key is missing, `budget` when a request's worst case is not known, `answer_store` for a
 * store on PostgreSQL, which keeps no batches.
 */
export function openBatches(
  { config, storePath }: RunConfig,
  store: AnswerStore,
  interruption: Interruption,
  onHopeless: (error: UserError) => void,
  note: (line: string) => void,
  env?: Environment,
): OpenBatches {
  checkIsFile(storePath)
  const { batch } = config
  const opened = openBudget(config, onHopeless)
  const lanes = new Map<string, BatchLane>()
  const names = new Map<string, string>()
  let maxTries = 1
  for (const [name, settings] of Object.entries(config.models)) {
    const { model, apiKeyEnv, timeoutSeconds, maxEnqueuedTokens } = settings
    const endpoint = normaliseEndpoint(settings.baseUrl)
    const key = keyOfLane({ endpoint, model })
    const api = createOpenAiBatchApi({
      endpoint,
      apiKey: readApiKey(apiKeyEnv, name, env),
      timeoutMs: timeoutSeconds * 1000,
      completionWindow: batch.completionWindow,
    })
    lanes.set(key, { endpoint, model, api, maxEnqueuedTokens })
    names.set(key, name)
    maxTries = Math.max(maxTries, settings.maxTries)
  }
  const budget =
    opened === null
      ? noBudget
      : createWaveBudget(opened.budget, (request) => opened.tariffOf(names.get(keyOfLane(request)) ?? ''))
  const batches = openSqliteBatches(storePath)
  const run = randomUUID()
  const desk = openBatchDesk(
    {
      lanes: [...lanes.values()],
      batches,
      budget,
      build: config.name,
      run,
      limits: {
        requestsPerFile: batch.requestsPerFile,
        bytesPerFile: batch.bytesPerFile,
        maxTries: batch.maxTries,
        windowMs: Number.parseInt(batch.completionWindow, 10) * hourMs,
        submitGraceMs: batch.submitGraceSeconds * 1000,
        pollMs: batch.pollSeconds * 1000,
      },
      retries: { maxTries, ...backOff, random: Math.random, drain: interruption.drain, stop: interruption.stop },
      now: Date.now,
      note,
    },
    store,
  )
  return { desk, batches, budget, cap: opened?.budget ?? null, run, close: () => batches.close() }
}
