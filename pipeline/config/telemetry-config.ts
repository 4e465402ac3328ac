import { z } from 'zod'

export const telemetryConfigSchema = z
  .strictObject({
    otlpEndpoint: z
      .url({ protocol: /^https?$/ })
      .nullable()
      .default(null)
      .describe(
        'Base URL of an OTLP/HTTP collector, such as http://127.0.0.1:4318. Null: OTEL_EXPORTER_OTLP_ENDPOINT, or none.',
      ),
    prometheusFile: z
      .string()
      .regex(/\.prom$/, 'expected a name that ends in .prom, which is what node_exporter reads')
      .nullable()
      .default(null)
      .describe("Where the last run's figures go, for node_exporter's textfile collector. Null: nowhere."),
  })
  .describe('Where figures of runs go. Nothing goes anywhere unless one is set. No text of prompts or answers.')
