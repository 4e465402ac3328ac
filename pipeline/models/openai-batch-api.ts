import { APIConnectionError, APIError } from 'openai'
import { z } from 'zod'
import { noRoomCodes, type BatchApi, type BatchFailure, type BatchResult, type RemoteBatch } from './batch-api.ts'
import { batchRoute, encodeBatchLine, readBatchLine, type BatchLineRequest } from './batch-line.ts'
import { checkApiKey, openOpenAiClient } from './open-openai-client.ts'
import { createRedactor } from './redact-key.ts'
import { readRetryAfterMs } from './retry-after.ts'

export type OpenAiBatchApiOptions = {
  /** Base URL without a trailing slash. */
  readonly endpoint: string
  /** Null for a server that takes none. */
  readonly apiKey: string | null
  /** Bound on the wait for a reply's headers. */
  readonly timeoutMs: number
  /** Such as `24h`. */
  readonly completionWindow: string
}

/** Key of our id in a batch's metadata. */
const intentKey = 'safe_completions_intent'

const instant = z.number().nullish().catch(null)
const fileId = z.string().nullish().catch(null)
const count = z.int().nonnegative().catch(0)

const batchSchema = z
  .object({
    id: z.string(),
    status: z.string(),
    metadata: z.record(z.string(), z.unknown()).nullish().catch(null),
    output_file_id: fileId,
    error_file_id: fileId,
    request_counts: z.object({ completed: count, failed: count, total: count }).nullish().catch(null),
    created_at: z.number().catch(0),
    completed_at: instant,
    expired_at: instant,
    cancelled_at: instant,
    failed_at: instant,
    errors: z
      .object({
        data: z.array(
          z.object({
            code: z.string().nullish().catch(null),
            message: z.string().nullish().catch(null),
            line: z.int().nullish().catch(null),
          }),
        ),
      })
      .nullish()
      .catch(null),
  })
  .transform((batch): RemoteBatch => {
    const intent = batch.metadata?.[intentKey]
    return {
      id: batch.id,
      status: batch.status,
      intent: typeof intent === 'string' ? intent : null,
      outputFileId: batch.output_file_id || null,
      errorFileId: batch.error_file_id || null,
      completed: batch.request_counts?.completed ?? 0,
      failed: batch.request_counts?.failed ?? 0,
      total: batch.request_counts?.total ?? 0,
      createdAt: batch.created_at,
      endedAt: batch.completed_at ?? batch.expired_at ?? batch.cancelled_at ?? batch.failed_at ?? null,
      errors: (batch.errors?.data ?? []).map(({ code, message, line }) => ({
        code: code ?? '',
        message: message ?? '',
        line: line ?? null,
      })),
    }
  })

const fileSchema = z.object({ id: z.string() })
const pageSchema = z.object({ data: z.array(batchSchema), has_more: z.boolean().nullish().catch(null) })
const pageSize = 100

/** What a call without an item of its own (`upload`, `create`, `list`) gets from a server that has no Batch API. */
const noSuchRoute: ReadonlySet<number> = new Set([404, 405, 501])

/** Files and batches of an OpenAI-compatible server. */
export function createOpenAiBatchApi({
  endpoint,
  apiKey,
  timeoutMs,
  completionWindow,
}: OpenAiBatchApiOptions): BatchApi {
  checkApiKey({ endpoint, apiKey })
  const redact = createRedactor(apiKey)
  /** What the server says in words goes into the store and before users' eyes. */
  const readBatch = (body: unknown): RemoteBatch => hideKey(batchSchema.parse(body), redact)
  const client = openOpenAiClient({ endpoint, apiKey, timeoutMs })

  const attempt = async <T>(
    what: string,
    target: 'route' | 'item',
    signal: AbortSignal,
    call: () => Promise<T>,
  ): Promise<BatchResult<T>> => {
    try {
      return { status: 'done', value: await call() }
    } catch (error) {
      signal.throwIfAborted()
      return explain(error, what, target)
    }
  }

  const explain = (error: unknown, what: string, target: 'route' | 'item'): BatchFailure => {
    const detail = (said: string): string => redact(`expected ${endpoint} to ${what}, got ${said}`)
    if (!(error instanceof APIError) || error.status === undefined) {
      return { status: 'retryable', isUnknown: true, retryAfterMs: null, detail: detail(describeBroken(error)) }
    }
    const { status: httpStatus, code, type, message, headers } = error
    const said = detail(`HTTP ${httpStatus}: ${message}`)
    if (noRoomCodes.has(code ?? '') || noRoomCodes.has(type ?? '')) return { status: 'no_room', detail: said }
    if (noSuchRoute.has(httpStatus)) return { status: target === 'route' ? 'no_batches' : 'not_found', detail: said }
    const isOutOfQuota = code === 'insufficient_quota' || type === 'insufficient_quota'
    if (!isOutOfQuota && (httpStatus === 408 || httpStatus === 409 || httpStatus === 429 || httpStatus >= 500)) {
      const retryAfterMs = readRetryAfterMs(headers ?? new Headers(), Date.now())
      // A proxy's 5xx does not say how far the request came.
      return { status: 'retryable', isUnknown: httpStatus === 408 || httpStatus >= 500, retryAfterMs, detail: said }
    }
    return { status: 'fatal', detail: said, remedy: writeRemedy(httpStatus, isOutOfQuota, endpoint) }
  }

  return {
    upload: (name, requests, signal) =>
      attempt('take a batch file', 'route', signal, async () => {
        const file = new File(await encodeBlobs(requests), name, { type: 'application/jsonl' })
        return fileSchema.parse(await client.files.create({ file, purpose: 'batch' }, { signal })).id
      }),
    create: ({ fileId, intent }, signal) =>
      attempt('create a batch', 'route', signal, async () => {
        const metadata = { [intentKey]: intent }
        const body = { input_file_id: fileId, endpoint: batchRoute, completion_window: completionWindow, metadata }
        return readBatch(await client.post('/batches', { body, signal }))
      }),
    retrieve: (id, signal) =>
      attempt(`tell of batch ${id}`, 'item', signal, async () =>
        readBatch(await client.get(`/batches/${encodeURIComponent(id)}`, { signal })),
      ),
    list: (signal) =>
      attempt('list its batches', 'route', signal, async () => {
        const batches: RemoteBatch[] = []
        for (;;) {
          const last = batches.at(-1)?.id
          const query = { limit: pageSize, ...(last === undefined ? {} : { after: last }) }
          const { data, has_more } = pageSchema.parse(await client.get('/batches', { query, signal }))
          batches.push(...data.map((batch) => hideKey(batch, redact)))
          if (has_more !== true || data.length === 0) return batches
        }
      }),
    cancel: (id, signal) =>
      attempt(`cancel batch ${id}`, 'item', signal, async () =>
        readBatch(await client.post(`/batches/${encodeURIComponent(id)}/cancel`, { signal })),
      ),
    download: (fileId, onLine, signal) =>
      attempt(`give file ${fileId}`, 'item', signal, async () => {
        const { body } = await client.files.content(fileId, { signal })
        if (body === null) return 0
        return await readLines(body, onLine)
      }),
    readLine: (line, model) => readBatchLine(line, { endpoint, model }, redact),
  }
}

function hideKey(batch: RemoteBatch, redact: (text: string) => string): RemoteBatch {
  const errors = batch.errors.map(({ code, message, line }) => ({ code: redact(code), message: redact(message), line }))
  return { ...batch, status: redact(batch.status), errors }
}

const blobBytes = 1_000_000

/** A blob of blobs refers to them, so that the file is in memory once: its parts are garbage as soon as they are in one. */
async function encodeBlobs(requests: AsyncIterable<BatchLineRequest>): Promise<Blob[]> {
  const blobs: Blob[] = []
  let lines: Buffer<ArrayBuffer>[] = []
  let bytes = 0
  for await (const request of requests) {
    const line = encodeBatchLine(request)
    lines.push(line)
    bytes += line.byteLength
    if (bytes < blobBytes) continue
    blobs.push(new Blob(lines))
    lines = []
    bytes = 0
  }
  return [...blobs, new Blob(lines)]
}

async function readLines(body: ReadableStream<Uint8Array>, onLine: (line: string) => Promise<void>): Promise<number> {
  let [rest, count] = ['', 0]
  const take = async (line: string): Promise<void> => {
    if (line.trim() === '') return
    count += 1
    await onLine(line)
  }
  const decoder = new TextDecoder()
  for await (const chunk of body) {
    // A line ends at a line feed only: JSON may hold U+2028 as it is.
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) await take(line)
  }
  await take(rest + decoder.decode())
  return count
}

/** Rethrows what is neither the network's nor the server's doing: a bug should show its stack. */
function describeBroken(error: unknown): string {
  if (error instanceof APIConnectionError) return `a connection error: ${describeCause(error.cause ?? error)}`
  if (error instanceof z.ZodError || error instanceof SyntaxError) return 'a reply of another form'
  // What the built-in fetch throws when a body ends too early.
  if (error instanceof TypeError && error.cause instanceof Error) return `half a reply: ${describeCause(error.cause)}`
  throw error
}

function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown'
  return 'code' in cause && typeof cause.code === 'string' ? `${cause.code} ${cause.message}` : cause.message
}

function writeRemedy(httpStatus: number, isOutOfQuota: boolean, endpoint: string): string {
  if (isOutOfQuota || httpStatus === 402)
    return `add credit or raise the quota of the account at ${endpoint}, then run again`
  if (httpStatus === 401 || httpStatus === 403)
    return `check that the API key configured for ${endpoint} is right and may use the Batch API`
  return `check batch.completionWindow and the limits under batch against what ${endpoint} takes`
}
