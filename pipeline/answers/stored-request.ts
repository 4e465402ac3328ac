import type { z } from 'zod'
import { modelRequestSchema, type ModelRequest } from '../records/request.ts'
import { digestMessageText } from './request-digest.ts'

/** A request as it is stored: each message's content is the digest of its text. */
export const storedRequestSchema = modelRequestSchema
type StoredRequest = z.infer<typeof storedRequestSchema>

export function splitRequest(request: ModelRequest): {
  readonly stored: StoredRequest
  readonly texts: readonly (readonly [digest: string, text: string])[]
} {
  const texts = request.messages.map((message) => [digestMessageText(message), message.content] as const)
  const messages = request.messages.map(({ role }, n) => ({ role, content: texts[n]?.[0] ?? '' }))
  return { stored: { ...request, messages }, texts }
}

export function joinRequest(stored: StoredRequest, textOf: (digest: string) => string): ModelRequest {
  return { ...stored, messages: stored.messages.map(({ role, content }) => ({ role, content: textOf(content) })) }
}
