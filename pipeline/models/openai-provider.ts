import { APIError } from 'openai'
import type { Answer } from '../records/answer.ts'
import { parseJson } from '../records/parse-json.ts'
import type { ModelRequest } from '../records/request.ts'
import { createChatBody } from './chat-body.ts'
import { encodeChatBody } from './encode-chat-body.ts'
import { createHttpPost, type PostCall } from './http-post.ts'
import { checkApiKey, openOpenAiClient, type OpenAiAddress } from './open-openai-client.ts'
import type { Provider, ProviderOutcome } from './provider.ts'
import { readCompletion } from './read-completion.ts'
import { formatStatuses, readFailure } from './read-failure.ts'
import { createRedactor } from './redact-key.ts'
import { readServerLimits } from './server-limits.ts'

export type OpenAiProviderOptions = OpenAiAddress & {
  /** Bound on one attempt, from its start to the last byte of the reply. */
  readonly timeoutMs: number
  /** Go by the proxies that the environment names. Default: false. */
  readonly usesEnvProxy?: boolean
}

/** Generous: beyond 256 requests at once one core gains nothing (measured for the design). */
const connections = 1024

/** Finishes that only a generation has; the others can come from a refused request and prove nothing. */
const generatedFinishes: ReadonlySet<Answer['finish']> = new Set(['complete', 'refused', 'truncated'])

/**
 * One attempt at an OpenAI-compatible chat-completions server. The openai client makes its address and headers, once,
 * and reads its errors; the bytes go over undici, since what the client does around each request costs more than the
 * request (docs/decisions/0026-chat-over-undici.md).
 *
 * State: the (model, structured output) pairs that this server is known to take, and those that it seems to lack. A pair
 * is lacking when a request with a schema was turned down by status and the same request with the schema told in words
 * was answered; from then on such requests go out in words at once. The first generation with structured output makes
 * the pair taken, for good: a request that is turned down later was so for its own sake, and only it is asked in words.
 */
export function createOpenAiProvider(options: OpenAiProviderOptions): Provider & { close(): Promise<void> } {
  const { apiKey, timeoutMs, usesEnvProxy = false } = options
  checkApiKey(options)
  const http = createHttpPost({ timeoutMs, connections, usesEnvProxy })
  const redact = createRedactor(apiKey)
  let target: Promise<Omit<PostCall, 'body'>> | null = null
  const taken = new Set<string>()
  const lacking = new Set<string>()

  async function attempt(
    request: ModelRequest,
    structuredOutput: ModelRequest['structuredOutput'],
    signal: AbortSignal,
  ): Promise<ProviderOutcome> {
    const body = encodeChatBody(createChatBody(request, structuredOutput))
    const reply = await http.post({ ...(await (target ??= aimAtChat(options))), body }, signal)
    if (reply.status === 'no_reply') {
      const detail = redact(`expected a reply from ${options.endpoint}, got ${reply.detail}`)
      return { status: 'retryable', httpStatus: null, retryAfterMs: null, detail, mayBeBilled: !reply.isUnsent }
    }
    const { httpStatus, headers, text } = reply
    if (httpStatus < 200 || httpStatus > 299) {
      const { code, type, message } = readError(httpStatus, text)
      const failure = { httpStatus, code: code ?? null, type: type ?? null, message: redact(message), headers }
      return readFailure(failure, { endpoint: options.endpoint, model: request.model }, Date.now())
    }
    const reading = readCompletion(parseJson(text) ?? text)
    if (reading.ok) {
      const limits = readServerLimits(headers)
      return { status: 'answered', answer: reading.answer, ...(limits === null ? {} : { limits }) }
    }
    const detail = redact(`${options.endpoint} (${request.model}): ${reading.problem}`)
    return { status: 'retryable', httpStatus, retryAfterMs: null, detail, mayBeBilled: true }
  }

  return {
    send: async (request, signal) => {
      const { model, schema, structuredOutput } = request
      const pair = `${structuredOutput} ${model}`
      if (schema === null || structuredOutput === 'prompt' || lacking.has(pair)) {
        return attempt(request, 'prompt', signal)
      }
      const outcome = await attempt(request, structuredOutput, signal)
      if (isGenerated(outcome)) {
        taken.add(pair)
        // Requests that were under way together: another one may have been turned down first.
        lacking.delete(pair)
      }
      if (outcome.status !== 'fatal' && outcome.status !== 'retryable') return outcome
      if (!formatStatuses.has(outcome.httpStatus)) return outcome
      const inWords = await attempt(request, 'prompt', signal)
      if (isGenerated(inWords) && !taken.has(pair)) lacking.add(pair)
      return inWords
    },
    close: http.close,
  }
}

function isGenerated(outcome: ProviderOutcome): boolean {
  return outcome.status === 'answered' && generatedFinishes.has(outcome.answer.finish)
}

/** Where chat completions go, with the key. */
async function aimAtChat(options: OpenAiProviderOptions): Promise<Omit<PostCall, 'body'>> {
  const client = openOpenAiClient(options)
  const headers = { 'content-type': 'application/json' }
  const { req, url } = await client.buildRequest({ method: 'post', path: '/chat/completions', headers })
  return { url, headers: Object.fromEntries(new Headers(req.headers)) }
}

/** As the client reads the reply to a request that failed. */
function readError(httpStatus: number, text: string): APIError {
  const body = parseJson(text)
  if (typeof body !== 'object' || body === null) return APIError.generate(httpStatus, undefined, text, new Headers())
  const isWrapped = 'error' in body && body.error !== null
  return APIError.generate(httpStatus, isWrapped ? body : { error: body }, undefined, new Headers())
}
