import type { BuildConfig } from '../config/build-config.ts'
import { createPriceLookup } from '../config/price-table.ts'
import type { BuildTelemetry } from '../telemetry/build-telemetry.ts'
import type { BuildLog } from './build-log.ts'
import { readOtlpEndpoint, type Environment } from './environment.ts'

export type OpenTelemetry = BuildTelemetry & { readonly close: () => Promise<void> }

/** Traces and metrics of a run; null where no collector is configured. A collector that fails is told of once. */
export async function openTelemetry(
  config: BuildConfig,
  runId: string,
  log: BuildLog,
  env?: Environment,
): Promise<OpenTelemetry | null> {
  const endpoint = readOtlpEndpoint(config, env)
  if (endpoint === null) return null
  const { name } = config
  let isTold = false
  const tell = (problem: string): void => {
    if (isTold) return
    isTold = true
    log.event('warn', 'metrics_not_written', { message: `OpenTelemetry: ${problem}` })
  }
  const [{ openOtlp }, { createBuildTelemetry }] = await Promise.all([
    import('../telemetry/open-otlp.ts'),
    import('../telemetry/build-telemetry.ts'),
  ])
  const { tracer, meter, shutdown } = await openOtlp(endpoint, tell)
  return { ...createBuildTelemetry(tracer, meter, { name, runId }, createPriceLookup(config)), close: shutdown }
}
