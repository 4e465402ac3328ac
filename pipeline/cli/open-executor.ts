import type { BuildConfig } from '../config/build-config.ts'
import type { Executor } from '../executors/executor.ts'
import { createLiveExecutor, type Lane } from '../executors/live.ts'
import { normaliseEndpoint } from '../models/model-role.ts'
import { createOpenAiProvider } from '../models/openai-provider.ts'
import type { Budget } from '../models/budget.ts'
import { withBudget } from '../models/with-budget.ts'
import { withRetry } from '../models/retry.ts'
import type { UserError } from '../records/user-error.ts'
import { openBudget } from './open-budget.ts'
import { readApiKey } from './environment.ts'
import type { Interruption } from './signals.ts'

/** Back-off between tries: 0.5 s doubling to 60 s at most, as the openai client's own with a longer end. */
const backOff = { baseDelayMs: 500, maxDelayMs: 60_000 } as const

export type LiveExecutor = {
  readonly executor: Executor
  /** Null where the config has no cap. */
  readonly budget: Budget | null
  readonly close: () => Promise<void>
}

/**
 * The live executor for a config's models, under its budget.
 * @param onHopeless Told when nothing more is sent: a wrong key, a server that is down, a budget that is reached.
 * @throws UserError `api_key` when a key is missing, `budget` when a request's worst case is not known.
 */
export function openLiveExecutor(
  config: BuildConfig,
  interruption: Interruption,
  onHopeless: (error: UserError) => void,
): LiveExecutor {
  const opened = openBudget(config, onHopeless)
  const open = Object.entries(config.models).map(([name, settings]) => {
    const { model, concurrency, timeoutSeconds, maxTries, apiKeyEnv } = settings
    const endpoint = normaliseEndpoint(settings.baseUrl)
    const provider = createOpenAiProvider({
      endpoint,
      apiKey: readApiKey(apiKeyEnv, name),
      timeoutMs: timeoutSeconds * 1000,
    })
    const capped = opened === null ? provider : withBudget(provider, opened.budget, opened.tariffOf(name))
    const retried = withRetry(capped, { maxTries, ...backOff, random: Math.random, drain: interruption.drain })
    const lane: Lane = { endpoint, model, concurrency, provider: retried }
    return { lane, close: () => provider.close() }
  })
  const executor = createLiveExecutor({
    lanes: open.map(({ lane }) => lane),
    drain: interruption.drain,
    stop: interruption.stop,
    onHopeless,
    now: () => performance.now(),
  })
  return {
    executor,
    budget: opened?.budget ?? null,
    close: async () => void (await Promise.all(open.map((one) => one.close()))),
  }
}
