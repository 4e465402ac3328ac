import type { Message } from '../records/message.ts'
import type { ModelRequest, ResponseSchema } from '../records/request.ts'

/**
 * The body of a chat-completions call. `structuredOutput` says how the schema is asked for, which is the request's own
 * choice except where the server turned out not to know it.
 */
export function createChatBody(request: ModelRequest, structuredOutput: ModelRequest['structuredOutput']) {
  const { model, schema } = request
  const messages = [...request.messages]
  const body = { ...request.parameters, model, messages, stream: false } as const
  if (schema === null) return body
  if (structuredOutput === 'json_schema') {
    return { ...body, response_format: { type: 'json_schema', json_schema: { ...schema, strict: true } } } as const
  }
  const instructed = { ...body, messages: instruct(messages, schema) }
  if (structuredOutput === 'prompt') return instructed
  return { ...instructed, response_format: { type: 'json_object' } } as const
}

/**
 * The schema told in words, at the end of the last system message or in a new first one. This is protocol, as
 * `response_format` is, and so it is not a template under prompts/; but the digest covers it only through `schema` and
 * `structuredOutput`, so a change of its words needs a new digest format version.
 */
function instruct(messages: readonly Message[], { schema }: ResponseSchema): Message[] {
  const instruction =
    'Reply with one JSON object and nothing else: no text before or after it and no code fence. ' +
    `It must match this JSON Schema:\n${JSON.stringify(schema)}`
  const last = messages.findLastIndex(({ role }) => role === 'system')
  if (last === -1) return [{ role: 'system', content: instruction }, ...messages]
  return messages.map((message, index) =>
    index === last ? { ...message, content: `${message.content}\n\n${instruction}` } : message,
  )
}
