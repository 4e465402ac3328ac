import { request } from 'undici'
import type { ModelRole } from './model-role.ts'
import { createChatBody } from './chat-body.ts'
import { encodeChatBody } from './encode-chat-body.ts'
import { createMask, createRedactor } from './redact-key.ts'

/** What came back of one request, whatever it was. */
export type Probe =
  | {
      readonly status: 'answered'
      readonly httpStatus: number
      /** Header and text are without the key. */
      readonly headers: Headers
      readonly text: string
    }
  | { readonly status: 'unanswered'; readonly reason: 'refused' | 'timeout' | 'broken'; readonly detail: string }

export type ProbeOptions = {
  readonly apiKey: string | null
  readonly timeoutMs: number
  readonly maxTokens: number
  readonly signal: AbortSignal
  /** Told of each completion that is asked for. */
  readonly onSend: () => void
}

/** The schema that a probe asks for; its answer is of no interest. */
const probeSchema = {
  name: 'probe',
  schema: {
    type: 'object',
    properties: { ok: { type: 'boolean' } },
    required: ['ok'],
    additionalProperties: false,
  },
}

/** One small completion outside of any build: it is not stored, not retried and no part of a budget. */
export async function probeChat(role: ModelRole, isStructured: boolean, options: ProbeOptions): Promise<Probe> {
  const body = createChatBody(
    {
      endpoint: role.endpoint,
      model: role.model,
      messages: [{ role: 'user', content: 'Reply with this JSON object and nothing else: {"ok": true}' }],
      parameters: { ...role.parameters, ...boundReply(role, options.maxTokens) },
      schema: isStructured ? probeSchema : null,
      structuredOutput: 'json_schema',
      repeat: 0,
    },
    'json_schema',
  )
  options.onSend()
  return await send(`${role.endpoint}/chat/completions`, options, encodeChatBody(body))
}

/** The ids that a server lists under /models. */
export async function probeModels(endpoint: string, options: ProbeOptions): Promise<Probe> {
  return await send(`${endpoint}/models`, options, null)
}

/** OpenAI's newer models know only the new name, and many servers only the old. */
function boundReply({ endpoint, parameters }: ModelRole, maxTokens: number): Record<string, number> {
  const name =
    'max_completion_tokens' in parameters || (endpoint === 'https://api.openai.com/v1' && !('max_tokens' in parameters))
      ? 'max_completion_tokens'
      : 'max_tokens'
  const given = parameters[name]
  return { [name]: typeof given === 'number' ? Math.min(given, maxTokens) : maxTokens }
}

async function send(url: string, { apiKey, timeoutMs, signal }: ProbeOptions, body: Buffer | null): Promise<Probe> {
  const [mask, redact] = [createMask(apiKey), createRedactor(apiKey)]
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const reply = await request(url, {
      method: body === null ? 'GET' : 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body,
      signal: AbortSignal.any([timeout, signal]),
    })
    const text = mask(await reply.body.text())
    const headers = new Headers()
    for (const [name, value] of Object.entries(reply.headers)) headers.set(name, mask([value ?? ''].flat().join(', ')))
    return { status: 'answered', httpStatus: reply.statusCode, headers, text }
  } catch (error) {
    signal.throwIfAborted()
    if (timeout.aborted) {
      return { status: 'unanswered', reason: 'timeout', detail: `no answer within ${timeoutMs / 1000} s` }
    }
    if (!(error instanceof Error)) throw error
    const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
    const reason = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'].includes(code) ? 'refused' : 'broken'
    return { status: 'unanswered', reason, detail: redact(`${code} ${error.message}`.trim()) }
  }
}
