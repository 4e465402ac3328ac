import { z } from 'zod'
import { structuredOutputs } from '../records/request.ts'

export const priceSchema = z
  .strictObject({
    inputPerMillion: z.number().nonnegative(),
    outputPerMillion: z.number().nonnegative(),
    cachedInputPerMillion: z.number().nonnegative().optional(),
  })
  .describe('US dollars per million tokens. Without a price the cost is reported as unknown, never as zero.')

export const modelConfigSchema = z
  .strictObject({
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .default('https://api.openai.com/v1')
      .describe("Any OpenAI-compatible server: vLLM, llama.cpp, Ollama ... Part of an answer's identity."),
    model: z.string().min(1).describe('The model name that the server knows.'),
    apiKeyEnv: z
      .string()
      .regex(/^[A-Z_][A-Z0-9_]*$/, 'expected the NAME of an environment variable, never the key itself')
      .nullable()
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
    concurrency: z.int().min(1).max(4096).default(16).describe('Requests in flight to this model.'),
    timeoutSeconds: z.number().positive().default(600).describe('For one try.'),
    maxTries: z.int().min(1).max(20).default(6).describe('Tries of a request that fails in a way that may pass.'),
    price: priceSchema.nullable().default(null),
  })
  .describe('A model at an endpoint.')
export type ModelConfig = z.infer<typeof modelConfigSchema>

/** Keys that the pipeline sets itself or that would change the form of a reply. */
export const reservedParameters = ['model', 'messages', 'stream', 'n', 'response_format', 'tools', 'functions'] as const
