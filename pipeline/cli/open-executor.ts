import type { BuildConfig } from '../config/build-config.ts'
import { listAddresses, type ModelConfig } from '../config/model-config.ts'
import type { Executor } from '../executors/executor.ts'
import { createLiveExecutor, type Lane } from '../executors/live.ts'
import { normaliseEndpoint } from '../models/model-role.ts'
import type { Budget } from '../models/budget.ts'
import { systemClock } from '../models/clock.ts'
import { createLateProvider } from '../models/late-provider.ts'
import { createLimitedLane, type LaneState } from '../models/limited-lane.ts'
import type { Provider } from '../models/provider.ts'
import { withBudget, type Tariff } from '../models/with-budget.ts'
import { withRetry } from '../models/retry.ts'
import type { UserError } from '../records/user-error.ts'
import { describeLanes } from './describe-lanes.ts'
import { openBudget } from './open-budget.ts'
import { readApiKey, usesEnvProxy, type Environment } from './environment.ts'
import type { Interruption } from './signals.ts'

/** Back-off between tries: 0.5 s doubling to 60 s at most, as the openai client's own with a longer end. */
const backOff = { baseDelayMs: 500, maxDelayMs: 60_000 } as const

export type LiveExecutor = {
  readonly executor: Executor
  /** Null where the config has no cap. */
  readonly budget: Budget | null
  /** What holds requests back at the moment, in a word; empty: nothing. */
  readonly describeLanes: () => string
  /**
   * Loads what requests are sent with, which otherwise the first one does.
   * @throws UserError `invalid_api_key`
   */
  readonly load: () => Promise<void>
  readonly close: () => Promise<void>
}

/**
 * The live executor for a config's models, under its budget.
 * @param onHopeless Told when nothing more is sent: a wrong key, a server that is down, a budget that is reached.
 * @param note Told in a line when an endpoint stops answering, and when it answers again.
 * @param decorate Goes around each try, below retries and lane. Default: nothing.
 * @throws UserError `api_key` when a key is missing, `budget` when a request's worst case is not known.
 */
export function openLiveExecutor(
  config: Pick<BuildConfig, 'models' | 'budget' | 'batch'>,
  interruption: Interruption,
  onHopeless: (error: UserError) => void,
  note: (line: string) => void = () => undefined,
  decorate: DecorateProvider = (provider) => provider,
  env?: Environment,
): LiveExecutor {
  const opened = openBudget(config, onHopeless)
  const { drain, stop } = interruption
  const surroundings = { drain, onHopeless, note, decorate, ...(env === undefined ? {} : { env }) }
  const open = Object.entries(config.models).map(([name, settings]) => {
    const cap = opened === null ? null : { budget: opened.budget, tariff: opened.tariffOf(name) }
    const { provider, readLane, load, close } = openProvider(name, settings, cap, surroundings)
    const lane: Lane = {
      endpoint: normaliseEndpoint(settings.baseUrl),
      model: settings.model,
      concurrency: Infinity,
      provider,
    }
    return { lane, readLane, load, close }
  })
  const executor = createLiveExecutor({
    lanes: open.map(({ lane }) => lane),
    drain,
    stop,
    onHopeless,
    now: () => performance.now(),
  })
  return {
    executor,
    budget: opened?.budget ?? null,
    describeLanes: () => describeLanes(open.map(({ readLane }) => readLane())),
    load: async () => void (await Promise.all(open.map((one) => one.load()))),
    close: async () => void (await Promise.all(open.map((one) => one.close()))),
  }
}

export type OpenProvider = {
  /** With its retries and limits. */
  readonly provider: Provider
  readonly readLane: () => LaneState
  /** As {@link LiveExecutor}. */
  readonly load: () => Promise<void>
  readonly close: () => Promise<void>
}

export type ProviderSurroundings = {
  readonly drain: AbortSignal
  readonly onHopeless: (error: UserError) => void
  readonly note: (line: string) => void
  /** Default: nothing. */
  readonly decorate?: DecorateProvider
  /** Where keys are read from. Default: the environment of the process. */
  readonly env?: Environment
}

/** Goes around each try at one endpoint. */
export type DecorateProvider = (provider: Provider, endpoint: string, settings: ModelConfig) => Provider

/**
 * One model at all its addresses.
 *
 * A try goes through retries, lane and budget, in this order. The lane is below the retries, so that each try takes its
 * place in line like any other request; the budget is below the lane, so that a request that waits for its turn keeps no
 * money from others. One that the budget refuses gives its place and its part of the rates back.
 * @throws UserError `api_key` when a key is missing.
 */
export function openProvider(
  name: string,
  settings: ModelConfig,
  cap: { readonly budget: Budget; readonly tariff: Tariff } | null,
  { drain, onHopeless, note, decorate = (provider) => provider, env }: ProviderSurroundings,
): OpenProvider {
  const { model, concurrency, timeoutSeconds, maxTries, limits } = settings
  const addresses = listAddresses(settings).map(({ baseUrl, apiKeyEnv }) => {
    const endpoint = normaliseEndpoint(baseUrl)
    const options = {
      endpoint,
      apiKey: readApiKey(apiKeyEnv, name, env),
      timeoutMs: timeoutSeconds * 1000,
      usesEnvProxy,
    }
    const provider = createLateProvider(async () => {
      const { createOpenAiProvider } = await import('../models/openai-provider.ts')
      return createOpenAiProvider(options)
    })
    const capped = cap === null ? provider : withBudget(provider, cap.budget, cap.tariff, drain)
    return { endpoint, provider: decorate(capped, endpoint, settings), load: provider.load, close: provider.close }
  })
  const lane = createLimitedLane({
    model,
    endpoints: addresses,
    limits: { ...limits, concurrency },
    outageMs: limits.outageSeconds * 1000,
    drain,
    clock: systemClock,
    onDown: onHopeless,
    note,
  })
  return {
    provider: withRetry(lane, { maxTries, ...backOff, random: Math.random, drain }),
    readLane: lane.read,
    load: async () => void (await Promise.all(addresses.map(({ load }) => load()))),
    close: async () => void (await Promise.all(addresses.map(({ close }) => close()))),
  }
}
