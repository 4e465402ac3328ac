import type { z } from 'zod'
import { modelRequestSchema, type ModelRequest } from '../records/request.ts'
import { digestMessageText } from './request-digest.ts'

/**
 * A request as it is stored: a system message's content is the digest of its text, which thousands of requests share;
 * other messages stand as they are.
 */
export const storedRequestSchema = modelRequestSchema
type StoredRequest = z.infer<typeof storedRequestSchema>

export function splitRequest(request: ModelRequest): {
  readonly stored: StoredRequest
  readonly texts: readonly (readonly [digest: string, text: string])[]
} {
  const texts: (readonly [string, string])[] = []
  const messages = request.messages.map((message) => {
    if (message.role !== 'system') return message
    const digest = digestMessageText(message)
    texts.push([digest, message.content])
    return { role: message.role, content: digest }
  })
  return { stored: { ...request, messages }, texts }
}

export function joinRequest(stored: StoredRequest, textOf: (digest: string) => string): ModelRequest {
  const { messages } = stored
  return {
    ...stored,
    messages: messages.map(({ role, content }) => ({ role, content: role === 'system' ? textOf(content) : content })),
  }
}
