import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { z } from 'zod'
import type { BuildConfig } from '../config/build-config.ts'

/** Parts of a config that cannot change a row: where things are, how fast, with which key, at what price. */
const modelIdentity = ['baseUrl', 'model', 'parameters', 'structuredOutput'] as const

const jsonSchema = z.json()

/** The config as far as it can change a build's rows or their files, for the manifest and the build's identity. */
export function identifyConfig(config: BuildConfig): {
  readonly config: z.infer<typeof jsonSchema>
  readonly digest: string
} {
  // Where things are, how fast, and what is let through: a new key counts unless it is named here.
  const {
    models,
    specsFolder: _specs,
    promptsFolder: _prompts,
    outputFolder: _output,
    store: _store,
    recordings: _recordings,
    decisions: _decisions,
    rowsInFlight: _rows,
    gates: _gates,
    quota,
    budget: _budget,
    batch: _batch,
    notify: _notify,
    telemetry: _telemetry,
    ...rest
  } = config
  const identity = {
    ...rest,
    ...identifyQuota(quota),
    models: Object.fromEntries(
      Object.entries(models).map(([key, model]) => [
        key,
        Object.fromEntries(modelIdentity.map((part) => [part, model[part]])),
      ]),
    ),
  }
  return { config: jsonSchema.parse(identity), digest: hash('sha256', canonicalize(identity) ?? '') }
}

/** A build without a quota is what it was before there were any; what becomes of a short set changes none of its rows. */
function identifyQuota(quota: BuildConfig['quota']): object {
  if (quota === null) return {}
  const { onShortfall: _, ...rest } = quota
  return { quota: rest }
}
