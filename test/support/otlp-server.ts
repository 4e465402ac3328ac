import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { z } from 'zod'

/* What a collector gets by OTLP/HTTP in JSON (opentelemetry.io/docs/specs/otlp), as far as the tests look at it. */

const valueSchema = z.union([
  z.object({ stringValue: z.string() }).transform(({ stringValue }) => stringValue),
  z.object({ intValue: z.coerce.number() }).transform(({ intValue }) => intValue),
  z.object({ doubleValue: z.number() }).transform(({ doubleValue }) => doubleValue),
  z.object({ boolValue: z.boolean() }).transform(({ boolValue }) => boolValue),
  z
    .object({ arrayValue: z.object({ values: z.array(z.object({ stringValue: z.string() })) }) })
    .transform(({ arrayValue }) => arrayValue.values.map(({ stringValue }) => stringValue).join(',')),
])
const attributesSchema = z
  .array(z.object({ key: z.string(), value: valueSchema }))
  .transform((pairs) => Object.fromEntries(pairs.map(({ key, value }) => [key, value])))

const spanSchema = z.looseObject({
  name: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  traceId: z.string(),
  startTimeUnixNano: z.coerce.number(),
  endTimeUnixNano: z.coerce.number(),
  attributes: attributesSchema,
  status: z.object({ code: z.int().optional() }),
})
export type ReceivedSpan = z.infer<typeof spanSchema>

const tracesSchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: attributesSchema }),
      scopeSpans: z.array(z.object({ spans: z.array(spanSchema) })),
    }),
  ),
})

const pointSchema = z.looseObject({
  attributes: attributesSchema,
  asDouble: z.number().optional(),
  asInt: z.coerce.number().optional(),
  sum: z.number().optional(),
  count: z.coerce.number().optional(),
})
const metricSchema = z.looseObject({
  name: z.string(),
  sum: z.looseObject({ dataPoints: z.array(pointSchema) }).optional(),
  histogram: z.looseObject({ dataPoints: z.array(pointSchema) }).optional(),
})
const metricsSchema = z.object({
  resourceMetrics: z.array(z.object({ scopeMetrics: z.array(z.object({ metrics: z.array(metricSchema) })) })),
})
export type ReceivedPoint = z.infer<typeof pointSchema>

export type OtlpServer = {
  readonly endpoint: string
  readonly spans: readonly ReceivedSpan[]
  readonly services: ReadonlySet<unknown>
  /** The points of a metric as they were sent last: sums grow from one export to the next. */
  readonly points: (metric: string) => readonly ReceivedPoint[]
  /** All that came, as text. */
  readonly text: () => string
  readonly close: () => Promise<void>
}

/** @param status What every export is answered with. */
export async function startOtlpServer(status = 200): Promise<OtlpServer> {
  const spans: ReceivedSpan[] = []
  const services = new Set<unknown>()
  const points = new Map<string, readonly ReceivedPoint[]>()
  const bodies: unknown[] = []
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      bodies.push(body)
      if (request.url === '/v1/traces') {
        for (const { resource, scopeSpans } of tracesSchema.parse(body).resourceSpans) {
          services.add(resource.attributes['service.name'])
          spans.push(...scopeSpans.flatMap((scope) => scope.spans))
        }
      } else if (request.url === '/v1/metrics') {
        const scopes = metricsSchema.parse(body).resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics)
        for (const { name, sum, histogram } of scopes.flatMap(({ metrics }) => metrics))
          points.set(name, (sum ?? histogram)?.dataPoints ?? [])
      }
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
      return undefined
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address')
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    spans,
    services,
    points: (metric) => points.get(metric) ?? [],
    text: () => JSON.stringify(bodies),
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
