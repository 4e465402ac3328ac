import { diag, DiagLogLevel, type Meter, type Tracer } from '@opentelemetry/api'

export type Otlp = {
  readonly tracer: Tracer
  readonly meter: Meter
  /** Sends what is left; within some seconds, whatever the collector does. */
  readonly shutdown: () => Promise<void>
}

const scope = 'safe-completions'
const exportTimeoutMs = 5_000
/** Spans that wait to be sent; beyond it the SDK drops them and keeps the build going. */
const mostWaitingSpans = 16_384

/**
 * OpenTelemetry's SDK with its exporters over HTTP (JSON). Loaded here only: a build without a collector pays nothing.
 * The exporters follow the other OTEL_EXPORTER_OTLP_* variables (headers, compression) themselves.
 * @param endpoint The collector's base URL.
 * @param onError Told what the SDK complains of, such as a collector that is out of reach.
 */
export async function openOtlp(endpoint: string, onError: (message: string) => void): Promise<Otlp> {
  const [
    traces,
    metrics,
    { defaultResource, detectResources, envDetector, resourceFromAttributes },
    sdkTraces,
    sdkMetrics,
  ] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/exporter-metrics-otlp-http'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/sdk-metrics'),
  ])
  diag.setLogger(
    { error: onError, warn: onError, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  const addressOf = (signal: string) => ({
    timeoutMillis: exportTimeoutMs,
    url: `${endpoint.replace(/\/+$/, '')}/v1/${signal}`,
  })
  // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before ours.
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': scope }))
    .merge(detectResources({ detectors: [envDetector] }))
  const spans = new sdkTraces.TracerProvider({
    resource,
    spanProcessors: [
      new sdkTraces.BatchSpanProcessor({
        exporter: new traces.OTLPTraceExporter(addressOf('traces')),
        exportTimeoutMillis: exportTimeoutMs,
        maxQueueSize: mostWaitingSpans,
      }),
    ],
  })
  const reader = new sdkMetrics.PeriodicExportingMetricReader({
    exporter: new metrics.OTLPMetricExporter(addressOf('metrics')),
    exportTimeoutMillis: exportTimeoutMs,
  })
  const meters = new sdkMetrics.MeterProvider({ resource, readers: [reader] })
  return {
    tracer: spans.getTracer(scope),
    meter: meters.getMeter(scope),
    shutdown: async () => {
      const ends = await Promise.allSettled([spans.shutdown(), meters.shutdown()])
      for (const end of ends) if (end.status === 'rejected') onError(String(end.reason))
    },
  }
}

function ignore(): void {
  // What the SDK tells of itself when all is well.
}
