import { APIConnectionError, APIConnectionTimeoutError, APIError, OpenAI } from 'openai'
import type { Answer } from '../records/answer.ts'
import type { ModelRequest } from '../records/request.ts'
import { UserError } from '../records/user-error.ts'
import { createChatBody } from './chat-body.ts'
import { encodeChatBody } from './encode-chat-body.ts'
import type { Provider, ProviderOutcome } from './provider.ts'
import { readCompletion } from './read-completion.ts'
import { readFailure } from './read-failure.ts'
import { createRedactor } from './redact-key.ts'
import { readServerLimits } from './server-limits.ts'
import { createUndiciFetch } from './undici-fetch.ts'

export type OpenAiProviderOptions = {
  /** Base URL without a trailing slash, such as `https://api.openai.com/v1`. */
  readonly endpoint: string
  /** Null for a server that takes none: no authorization header is sent. */
  readonly apiKey: string | null
  /** Bound on one attempt, from its start to the last byte of the reply. */
  readonly timeoutMs: number
}

/** Generous: beyond 256 requests at once one core gains nothing (measured for the design). */
const connections = 1024

const jsonHeaders = { 'content-type': 'application/json' } as const

/** Statuses with which servers turn down a `response_format` that they do not know. */
const formatStatuses: ReadonlySet<number | null> = new Set([400, 422, 501])

/** Finishes that only a generation has; the others can come from a refused request and prove nothing. */
const generatedFinishes: ReadonlySet<Answer['finish']> = new Set(['complete', 'refused', 'truncated'])

/**
 * One attempt at an OpenAI-compatible chat-completions server.
 *
 * State: the (model, structured output) pairs that this server is known to take, and those that it seems to lack. A pair
 * is lacking when a request with a schema was turned down by status and the same request with the schema told in words
 * was answered; from then on such requests go out in words at once. The first generation with structured output makes
 * the pair taken, for good: a request that is turned down later was so for its own sake, and only it is asked in words.
 */
export function createOpenAiProvider(options: OpenAiProviderOptions): Provider & { close(): Promise<void> } {
  const { apiKey, timeoutMs } = options
  if (apiKey !== null && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new UserError('invalid_api_key', 'expected an API key of printable ASCII without spaces', {
      where: options.endpoint,
      remedy: 'look for a line break, a space or a typographic character in the key',
    })
  }
  const transport = createUndiciFetch({ timeoutMs, connections })
  const redact = createRedactor(apiKey)
  const client = new OpenAI({
    apiKey: apiKey ?? 'none',
    ...(apiKey === null ? { defaultHeaders: { authorization: null } } : {}),
    baseURL: options.endpoint,
    timeout: timeoutMs,
    maxRetries: 0,
    fetch: transport.fetch,
    // Each of these would otherwise be read from the environment.
    organization: null,
    project: null,
    adminAPIKey: null,
    webhookSecret: null,
    logLevel: 'off',
  })
  const taken = new Set<string>()
  const lacking = new Set<string>()

  async function attempt(
    request: ModelRequest,
    structuredOutput: ModelRequest['structuredOutput'],
    signal: AbortSignal,
  ): Promise<ProviderOutcome> {
    const target = { endpoint: options.endpoint, model: request.model }
    try {
      // Not chat.completions.create(), which knows no body but an object.
      const { data, response } = await client
        .post<unknown>('/chat/completions', {
          body: encodeChatBody(createChatBody(request, structuredOutput)),
          headers: jsonHeaders,
          signal,
        })
        .withResponse()
      const reading = readCompletion(data)
      if (reading.ok) {
        const limits = readServerLimits(response.headers)
        return { status: 'answered', answer: reading.answer, ...(limits === null ? {} : { limits }) }
      }
      const detail = redact(`${options.endpoint} (${request.model}): ${reading.problem}`)
      return { status: 'retryable', httpStatus: 200, retryAfterMs: null, detail, mayBeBilled: true }
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof APIError && error.status !== undefined) {
        const { status, code, type, message, headers } = error
        const failure = { httpStatus: status, code: code ?? null, type: type ?? null, message: redact(message) }
        return readFailure({ ...failure, headers: headers ?? new Headers() }, target, Date.now())
      }
      const detail = redact(describeBrokenReply(error, options))
      return { status: 'retryable', httpStatus: null, retryAfterMs: null, detail, mayBeBilled: !isUnsent(error) }
    }
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
    close: transport.close,
  }
}

function isGenerated(outcome: ProviderOutcome): boolean {
  return outcome.status === 'answered' && generatedFinishes.has(outcome.answer.finish)
}

/** Rethrows what is neither the network's nor the server's doing: a bug should show its stack. */
function describeBrokenReply(error: unknown, { endpoint, timeoutMs }: OpenAiProviderOptions): string {
  if (error instanceof APIConnectionTimeoutError) {
    return `expected a reply from ${endpoint} within ${timeoutMs} ms, got none`
  }
  if (error instanceof APIConnectionError) {
    return `expected a reply from ${endpoint}, got a connection error: ${describeCause(error.cause)}`
  }
  // Its message quotes the body, cut so that half a key would slip past the redaction.
  if (error instanceof SyntaxError) return `expected JSON from ${endpoint}, got a body that does not parse`
  throw error
}

/** System error codes of a connection that never came about, so that no server saw the request. */
const unsentCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

function isUnsent(error: unknown): boolean {
  if (!(error instanceof APIConnectionError) || !(error.cause instanceof Error)) return false
  return 'code' in error.cause && typeof error.cause.code === 'string' && unsentCodes.has(error.cause.code)
}

function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown'
  return 'code' in cause && typeof cause.code === 'string' ? `${cause.code} ${cause.message}` : cause.message
}
