import { z } from 'zod'
import { structuredOutputs } from '../records/request.ts'

export const priceSchema = z
  .strictObject({
    inputPerMillion: z.number().nonnegative(),
    outputPerMillion: z.number().nonnegative(),
    cachedInputPerMillion: z.number().nonnegative().optional(),
  })
  .describe(
    'US dollars per million tokens. Default: the shipped table data/prices.yaml. An unknown price is said, never taken for zero.',
  )

/** A URL is stored with every answer and published in the manifest, so nothing that may be a secret can stand in it. */
function hasSecretsPlace(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { username, password, search, hash } = new URL(url)
  return [username, password, search, hash].some((part) => part !== '')
}

const baseUrlSchema = z
  .url({ protocol: /^https?$/ })
  .refine(
    (url) => !hasSecretsPlace(url),
    'expected a base URL without user, password, query or fragment; keys go into the variable that apiKeyEnv names',
  )

const apiKeyEnvSchema = z
  .string()
  .regex(/^[A-Z_][A-Z0-9_]*$/, 'expected the NAME of an environment variable, never the key itself')
  .nullable()

const limitsSchema = z
  .strictObject({
    requestsPerMinute: z
      .int()
      .positive()
      .nullable()
      .default(null)
      .describe('Null: as the server says, or as is found.'),
    tokensPerMinute: z.int().positive().nullable().default(null).describe('Of prompts and replies. Null: likewise.'),
    adaptive: z
      .boolean()
      .default(true)
      .describe(
        'Read limits from headers, and find those that are not told by trying. False: `concurrency` and these limits hold.',
      ),
    outageSeconds: z
      .number()
      .positive()
      .max(86_400)
      .default(300)
      .describe('How long every address may be without an answer before the run ends. 30 if none ever answered.'),
  })
  .describe('How fast each address of the model is sent to. No part of an answer.')

const mirrorSchema = z.strictObject({
  baseUrl: baseUrlSchema.describe('Another address that serves the very same model.'),
  apiKeyEnv: apiKeyEnvSchema.optional().describe("As the model's. Default: the model's own."),
})

export const modelConfigSchema = z
  .strictObject({
    baseUrl: baseUrlSchema
      .default('https://api.openai.com/v1')
      .describe("Any OpenAI-compatible server: vLLM, llama.cpp, Ollama ... Part of an answer's identity."),
    model: z.string().min(1).describe('The model name that the server knows.'),
    apiKeyEnv: apiKeyEnvSchema
      .default('OPENAI_API_KEY')
      .describe('The environment variable that holds the key; null for a server that takes none.'),
    parameters: z
      .record(z.string(), z.json())
      .default({})
      .describe('Sampling parameters as the server names them (temperature, max_tokens, reasoning_effort ...).'),
    structuredOutput: z
      .enum(structuredOutputs)
      .default('json_schema')
      .describe(
        'How judges and the classifier are asked for JSON. A server that refuses json_schema is asked in the prompt.',
      ),
    concurrency: z
      .int()
      .min(1)
      .max(4096)
      .default(16)
      .describe('Requests in flight to each address of this model at the most.'),
    limits: limitsSchema.prefault({}),
    mirrors: z
      .array(mirrorSchema)
      .default([])
      .describe('Other addresses of the same service: they share the work, and stand in for one that is down.'),
    timeoutSeconds: z.number().positive().default(600).describe('For one try.'),
    maxTries: z.int().min(1).max(20).default(6).describe('Tries of a request that fails in a way that may pass.'),
    price: priceSchema.nullable().default(null),
    maxReplyTokens: z
      .int()
      .positive()
      .nullable()
      .default(null)
      .describe('Tokens of a reply at the most, for a budget, where `parameters` give no bound. Sent to nobody.'),
    maxEnqueuedTokens: z
      .int()
      .positive()
      .nullable()
      .default(null)
      .describe("Prompt tokens in batches under way at the most: the provider's queue limit. Null: only it counts."),
  })
  .describe('A model at an endpoint.')
export type ModelConfig = z.infer<typeof modelConfigSchema>

export type ModelAddress = Pick<ModelConfig, 'baseUrl' | 'apiKeyEnv'>

/** Every address of a model, its own first. */
export function listAddresses({ baseUrl, apiKeyEnv, mirrors }: ModelConfig): readonly ModelAddress[] {
  const others = mirrors.map((one) => ({ ...one, apiKeyEnv: one.apiKeyEnv === undefined ? apiKeyEnv : one.apiKeyEnv }))
  return [{ baseUrl, apiKeyEnv }, ...others]
}

/** Enough rows to fill every model's queue, and half again so that a queue never runs dry. */
export function defaultRowsInFlight(models: Readonly<Record<string, Pick<ModelConfig, 'concurrency'>>>): number {
  return Math.ceil(Math.max(1, ...Object.values(models).map(({ concurrency }) => concurrency)) * 1.5)
}

/** Keys that the pipeline sets itself or that would change the form of a reply. */
export const reservedParameters = ['model', 'messages', 'stream', 'n', 'response_format', 'tools', 'functions'] as const
