import { z } from 'zod'
import type { Answer } from '../records/answer.ts'
import { parseJson } from '../records/parse-json.ts'
import type { ModelRequest } from '../records/request.ts'
import { createChatBody } from './chat-body.ts'
import { encodeChatBody } from './encode-chat-body.ts'
import { readCompletion } from './read-completion.ts'
import { formatStatuses, readFailure, type Target } from './read-failure.ts'

/** Where every line goes; the endpoint of the batch says the same. */
export const batchRoute = '/v1/chat/completions'

export type BatchLineRequest = {
  readonly digest: string
  readonly request: ModelRequest
  readonly askedAs: ModelRequest['structuredOutput']
}

/** A line of an input file, its line feed included. */
export function encodeBatchLine({ digest, request, askedAs }: BatchLineRequest): Buffer<ArrayBuffer> {
  const head = `{"custom_id":${JSON.stringify(digest)},"method":"POST","url":"${batchRoute}","body":`
  return Buffer.concat([Buffer.from(head), encodeChatBody(createChatBody(request, askedAs)), Buffer.from('}\n')])
}

const errorSchema = z.object({
  code: z
    .union([z.string(), z.number().transform(String)])
    .nullish()
    .catch(null),
  type: z.string().nullish().catch(null),
  message: z.string().nullish().catch(null),
})
const lineSchema = z.object({
  custom_id: z.string(),
  response: z.object({ status_code: z.int(), body: z.unknown() }).nullish(),
  error: errorSchema.nullish().catch(null),
})
const bodySchema = z.object({ error: errorSchema })

/**
 * What a line of an output or error file says of one request.
 * - `failed`: it may pass the next time; - `turned_down`: by a fatal status, for this request or for all.
 */
export type BatchLineOutcome =
  | { readonly status: 'answered'; readonly answer: Answer }
  | {
      readonly status: 'failed'
      readonly detail: string
      /** A generation that cannot be used; what it came to is not known. */
      readonly mayBeBilled: boolean
    }
  | {
      readonly status: 'turned_down'
      readonly httpStatus: number
      /** A `response_format`, had it one, may be the reason. */
      readonly isFormatStatus: boolean
      readonly detail: string
      readonly remedy: string
    }

export type BatchLineReading =
  | { readonly ok: true; readonly digest: string; readonly outcome: BatchLineOutcome }
  | { readonly ok: false; readonly problem: string }

/**
 * Reads a line with the same eyes as a live reply.
 * @param redact Makes the server's words fit to be shown.
 */
export function readBatchLine(text: string, target: Target, redact: (text: string) => string): BatchLineReading {
  const parsed = lineSchema.safeParse(parseJson(text))
  if (!parsed.success) return { ok: false, problem: redact(`expected a line of a batch's results, got: ${text}`) }
  const { custom_id: digest, response, error } = parsed.data
  if (!response) {
    const said = `${error?.code ?? 'no response'} ${error?.message ?? ''}`.trim()
    return {
      ok: true,
      digest,
      outcome: {
        status: 'failed',
        detail: redact(`the batch left it without an answer: ${said}`),
        mayBeBilled: false,
      },
    }
  }
  return { ok: true, digest, outcome: readResponse(response.status_code, response.body, target, redact) }
}

function readResponse(
  httpStatus: number,
  body: unknown,
  target: Target,
  redact: (text: string) => string,
): BatchLineOutcome {
  if (httpStatus === 200) {
    const reading = readCompletion(body)
    if (reading.ok) return { status: 'answered', answer: reading.answer }
    const detail = redact(`${target.endpoint} (${target.model}): ${reading.problem}`)
    return { status: 'failed', detail, mayBeBilled: true }
  }
  const error = bodySchema.safeParse(body).data?.error
  const message = redact(error?.message ?? JSON.stringify(body) ?? '')
  const failure = { httpStatus, code: error?.code ?? null, type: error?.type ?? null, message, headers: new Headers() }
  const outcome = readFailure(failure, target, 0)
  switch (outcome.status) {
    case 'answered':
      return outcome
    case 'fatal':
      return { ...outcome, status: 'turned_down', httpStatus, isFormatStatus: formatStatuses.has(httpStatus) }
    default:
      // A server that has no use for response_format may say so with 501, which is retryable otherwise.
      return httpStatus === 501
        ? { status: 'turned_down', httpStatus, isFormatStatus: true, detail: outcome.detail, remedy: '' }
        : { status: 'failed', detail: outcome.detail, mayBeBilled: false }
  }
}
