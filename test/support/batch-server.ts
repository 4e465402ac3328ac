import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer, json } from 'node:stream/consumers'
import { z } from 'zod'
import { renderCompletion } from './chat-completion.ts'
import {
  chatBodySchema,
  startChatServer,
  type ChatServer,
  type ChatServerOptions,
  type Scripted,
} from './chat-server.ts'

/*
 * The files and batches of the OpenAI API beside chat completions, on one port, from a script. A batch goes one step
 * with each look at it and is answered when it ends, so that nothing here depends on time. It keeps account of what no
 * client may do: submit a request that a batch under way holds, or one that was answered before.
 */

type CallKind = 'upload' | 'create' | 'list' | 'retrieve' | 'content' | 'cancel'

/** `n` is the 0-based number among the calls of its kind. */
type Call = { readonly kind: CallKind; readonly n: number }

type CallReply =
  | 'reset'
  | 'hang'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }

/**
 * - `before`: instead of doing what is asked; `after`: it is done, but the reply is this one;
 * - `cut`: a file's bytes up to this share, then a reset or nothing any more, or `end`, as if that were all.
 */
export type CallScript =
  | { readonly before: CallReply }
  | { readonly after: CallReply }
  | { readonly cut: number; readonly ending: 'reset' | 'hang' | 'end' }
  | null

export type BatchScript = {
  /** What the next looks show. Default: validating, in_progress, finalizing. */
  readonly steps?: readonly string[]
  readonly end?: 'completed' | 'failed' | 'expired' | 'cancelled'
  /** Whether a line is answered before the end. Default: all, unless the batch failed. */
  readonly isAnswered?: (customId: string, line: number) => boolean
  /** Instead of the model's reply. */
  readonly reply?: (customId: string, line: number) => Scripted | null
  /** Changes the output file's lines. */
  readonly mangle?: (lines: readonly string[]) => readonly string[]
  readonly errors?: readonly { readonly code: string; readonly message: string; readonly line?: number }[]
}

export type BatchServerOptions = Pick<ChatServerOptions, 'reply' | 'port' | 'latencyMs'> & {
  /** What becomes of the `n`-th batch (0-based) with these requests. */
  readonly script?: (n: number, customIds: readonly string[]) => BatchScript
  readonly onCall?: (call: Call) => CallScript
}

const lineSchema = z.strictObject({
  custom_id: z.string(),
  method: z.literal('POST'),
  url: z.literal('/v1/chat/completions'),
  body: chatBodySchema,
})
const createSchema = z.strictObject({
  input_file_id: z.string(),
  endpoint: z.literal('/v1/chat/completions'),
  completion_window: z.string(),
  metadata: z.record(z.string(), z.string()),
})

type Line = z.infer<typeof lineSchema>

export type ServedBatch = {
  readonly id: string
  readonly n: number
  readonly metadata: Readonly<Record<string, string>>
  readonly lines: readonly Line[]
  readonly script: BatchScript
  status: string
  looks: number
  outputFileId: string | null
  errorFileId: string | null
  readonly answered: Set<string>
}

export type BatchServer = ChatServer & {
  readonly calls: Readonly<Record<CallKind, number>>
  readonly batches: readonly ServedBatch[]
  readonly files: ReadonlyMap<string, string>
  /** Requests that were in two batches under way at once. */
  readonly submittedTwice: readonly string[]
  /** Requests that were submitted again although they had been answered. */
  readonly paidTwice: readonly string[]
  /** Resolves when the calls of a kind reach a number. */
  readonly reach: (kind: CallKind, count: number) => Promise<void>
}

const ends: ReadonlySet<string> = new Set(['completed', 'failed', 'expired', 'cancelled'])
const second = 1_700_000_000

export async function startBatchServer(options: BatchServerOptions): Promise<BatchServer> {
  const { reply, script = () => ({}), onCall = () => null } = options
  const calls: Record<CallKind, number> = { upload: 0, create: 0, list: 0, retrieve: 0, content: 0, cancel: 0 }
  const files = new Map<string, string>()
  const batches: ServedBatch[] = []
  const submittedTwice: string[] = []
  const paidTwice: string[] = []
  const watchers: { readonly kind: CallKind; readonly count: number; readonly resolve: () => void }[] = []
  let chats = 0

  const runLine = (
    { custom_id, body }: Line,
    line: number,
    batch: ServedBatch,
  ): { readonly text: string; readonly isError: boolean } => {
    const scripted = batch.script.reply?.(custom_id, line) ?? reply(body, chats++, {})
    const id = `batch_req_${batch.n}_${line}`
    const wrap = (status_code: number, value: unknown): string =>
      JSON.stringify({ id, custom_id, response: { status_code, request_id: id, body: value }, error: null })
    if ('misbehaviour' in scripted) return { text: wrap(500, { error: { message: 'server error' } }), isError: true }
    if (!('status' in scripted)) {
      batch.answered.add(custom_id)
      // As for a live request, the reply follows from the request alone.
      return { text: wrap(200, JSON.parse(renderCompletion(scripted, body.model, 0))), isError: false }
    }
    return { text: wrap(scripted.status, scripted.body), isError: true }
  }

  const endBatch = (batch: ServedBatch): void => {
    const { end = 'completed', isAnswered = () => end !== 'failed', mangle = (lines) => lines } = batch.script
    batch.status = end
    if (end === 'failed') return
    const [output, errors]: [string[], string[]] = [[], []]
    for (const [n, line] of batch.lines.entries()) {
      if (isAnswered(line.custom_id, n)) {
        const { text, isError } = runLine(line, n, batch)
        ;(isError ? errors : output).push(text)
      } else if (end !== 'completed') {
        const error = { code: `batch_${end}`, message: `This request could not be executed before the batch ${end}.` }
        errors.push(
          JSON.stringify({ id: `batch_req_${batch.n}_${n}`, custom_id: line.custom_id, response: null, error }),
        )
      }
    }
    const write = (id: string, lines: readonly string[]): string => {
      files.set(id, lines.map((line) => `${line}\n`).join(''))
      return id
    }
    if (output.length > 0) batch.outputFileId = write(`file-out-${batch.n}`, mangle(output))
    if (errors.length > 0) batch.errorFileId = write(`file-err-${batch.n}`, errors)
  }

  const show = (batch: ServedBatch): unknown => {
    const isEnded = ends.has(batch.status)
    const at = second + batch.n * 60
    return {
      id: batch.id,
      object: 'batch',
      endpoint: '/v1/chat/completions',
      status: batch.status,
      metadata: batch.metadata,
      input_file_id: `file-in-${batch.n}`,
      output_file_id: batch.outputFileId,
      error_file_id: batch.errorFileId,
      completion_window: '24h',
      created_at: at,
      completed_at: batch.status === 'completed' ? at + 50 : null,
      expired_at: batch.status === 'expired' ? at + 50 : null,
      cancelled_at: batch.status === 'cancelled' ? at + 50 : null,
      failed_at: batch.status === 'failed' ? at + 5 : null,
      errors: batch.status === 'failed' ? { object: 'list', data: batch.script.errors ?? [] } : null,
      request_counts: {
        total: batch.lines.length,
        completed: isEnded ? batch.answered.size : 0,
        failed: isEnded ? batch.lines.length - batch.answered.size : 0,
      },
    }
  }

  const upload = async (request: IncomingMessage): Promise<unknown> => {
    const body = await buffer(request)
    const type = request.headers['content-type'] ?? ''
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
    const file = form.get('file')
    if (form.get('purpose') !== 'batch' || !(file instanceof File)) throw new Error('expected a file for a batch')
    const id = `file-in-${files.size}`
    files.set(id, await file.text())
    return { id, object: 'file', bytes: file.size, filename: file.name, purpose: 'batch', status: 'processed' }
  }

  const create = (input: z.infer<typeof createSchema>): unknown => {
    const text = files.get(input.input_file_id)
    if (text === undefined) throw new Error(`no file ${input.input_file_id}`)
    const lines = text
      .trim()
      .split('\n')
      .map((line) => lineSchema.parse(JSON.parse(line)))
    const n = batches.length
    const customIds = lines.map((line) => line.custom_id)
    if (new Set(customIds).size < customIds.length) throw new Error('duplicate custom_id')
    for (const id of customIds) {
      const holders = batches.filter((batch) => batch.lines.some((line) => line.custom_id === id))
      if (holders.some((batch) => !ends.has(batch.status))) submittedTwice.push(id)
      if (holders.some((batch) => batch.answered.has(id))) paidTwice.push(id)
    }
    const batch: ServedBatch = {
      id: `batch_${n}`,
      n,
      metadata: input.metadata,
      lines,
      script: script(n, customIds),
      status: 'validating',
      looks: 0,
      outputFileId: null,
      errorFileId: null,
      answered: new Set(),
    }
    batches.push(batch)
    return show(batch)
  }

  const look = (batch: ServedBatch): unknown => {
    const { steps = ['validating', 'in_progress', 'finalizing'] } = batch.script
    const step = steps[batch.looks]
    if (!ends.has(batch.status)) {
      if (step === undefined) endBatch(batch)
      else batch.status = step
    }
    batch.looks += 1
    return show(batch)
  }

  const list = (query: URLSearchParams): unknown => {
    const newestFirst = batches.toReversed()
    const after = newestFirst.findIndex(({ id }) => id === query.get('after'))
    const page = newestFirst.slice(after + 1, after + 1 + Number(query.get('limit') ?? 20))
    return { object: 'list', data: page.map(show), has_more: page.at(-1) !== newestFirst.at(-1) }
  }

  const routes = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const url = new URL(request.url ?? '', 'http://server')
    const [, , collection = '', id = '', action = ''] = url.pathname.split('/')
    const kind = kindOf(request.method ?? '', collection, id, action)
    if (kind === null) return false
    const n = calls[kind]++
    const wake = watchers.filter((one) => one.kind === kind && calls[kind] >= one.count)
    const scripted = onCall({ kind, n })
    for (const { resolve } of wake) resolve()
    if (scripted !== null && 'before' in scripted) {
      request.resume()
      answer(response, scripted.before)
      return true
    }
    if (kind === 'content') {
      sendFile(response, files.get(id), scripted !== null && 'cut' in scripted ? scripted : null)
      return true
    }
    const batch = batches.find((one) => one.id === id)
    if ((kind === 'retrieve' || kind === 'cancel') && batch === undefined) {
      answer(response, { status: 404, body: { error: { message: `No batch ${id}`, type: 'invalid_request_error' } } })
      return true
    }
    const body = await act(kind, request, url, batch)
    answer(response, scripted !== null && 'after' in scripted ? scripted.after : { status: 200, body })
    return true
  }

  const act = async (
    kind: CallKind,
    request: IncomingMessage,
    url: URL,
    batch: ServedBatch | undefined,
  ): Promise<unknown> => {
    if (kind === 'upload') return await upload(request)
    if (kind === 'create') return create(createSchema.parse(await json(request)))
    if (kind === 'list' || batch === undefined) return list(url.searchParams)
    if (kind === 'retrieve') return look(batch)
    if (!ends.has(batch.status)) batch.status = 'cancelled'
    return show(batch)
  }

  const { port, latencyMs = 0 } = options
  const server = await startChatServer({ reply, routes, latencyMs, ...(port === undefined ? {} : { port }) })
  return {
    ...server,
    calls,
    batches,
    files,
    submittedTwice,
    paidTwice,
    reach: (kind, count) =>
      new Promise((resolve) => {
        if (calls[kind] >= count) resolve()
        else watchers.push({ kind, count, resolve })
      }),
  }
}

function kindOf(method: string, collection: string, id: string, action: string): CallKind | null {
  if (collection === 'files') return method === 'POST' ? 'upload' : action === 'content' ? 'content' : null
  if (collection !== 'batches') return null
  if (method === 'POST') return id === '' ? 'create' : 'cancel'
  return id === '' ? 'list' : 'retrieve'
}

function answer(response: ServerResponse, reply: CallReply): void {
  if (reply === 'hang') return
  if (reply === 'reset') {
    response.destroy()
    return
  }
  const body =
    typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? { error: { message: 'scripted' } })
  response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
  response.end(body)
}

function sendFile(
  response: ServerResponse,
  text: string | undefined,
  cut: Extract<CallScript, { cut: number }> | null,
): void {
  if (text === undefined) {
    answer(response, { status: 404, body: { error: { message: 'no such file' } } })
    return
  }
  const bytes = Buffer.from(text)
  if (cut === null) {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length })
    response.end(bytes)
    return
  }
  const part = bytes.subarray(0, Math.floor(bytes.length * cut.cut))
  const length = cut.ending === 'end' ? part.length : bytes.length
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': length })
  if (cut.ending === 'end') response.end(part)
  else response.write(part, () => void (cut.ending === 'reset' && response.destroy()))
}
