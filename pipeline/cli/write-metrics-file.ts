import { resolve } from 'node:path'
import type { BuildLog } from './build-log.ts'
import type { EndStatus } from './build-status.ts'
import type { LocatedBuild } from './locate-build.ts'

/** The run's figures for Prometheus, where the config names a file. Never throws: what fails is logged. */
export async function writeMetricsFile(
  { config, folder }: LocatedBuild,
  status: EndStatus,
  log: BuildLog,
): Promise<void> {
  const { prometheusFile } = config.telemetry
  if (prometheusFile === null) return
  try {
    const { writePrometheusFile } = await import('../telemetry/write-prometheus-file.ts')
    await writePrometheusFile(resolve(folder, prometheusFile), { ...status, name: config.name })
  } catch (error) {
    const message = `${prometheusFile} could not be written: ${error instanceof Error ? error.message : String(error)}`
    log.event('warn', 'metrics_not_written', { message })
  }
}
