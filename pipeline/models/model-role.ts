import type { Message } from '../records/message.ts'
import type { ModelRequest, ResponseSchema } from '../records/request.ts'

/** The part of a configured model that can change its answers. */
export type ModelRole = Pick<ModelRequest, 'endpoint' | 'model' | 'parameters' | 'structuredOutput'>

/** A base URL as it stands in requests: without a trailing slash. */
export function normaliseEndpoint(baseUrl: string): string {
  return baseUrl.replace(/\/+$/, '')
}

export function createRequest(
  role: ModelRole,
  messages: readonly Message[],
  schema: ResponseSchema | null,
  repeat: number,
): ModelRequest {
  const { endpoint, model, parameters, structuredOutput } = role
  return { endpoint, model, messages, parameters, schema, structuredOutput, repeat }
}
