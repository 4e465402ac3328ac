import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { pMapIterable } from 'p-map'
import { z } from 'zod'
import { answerSchema } from '../records/answer.ts'
import { retrySchema, type Retry } from '../records/retry.ts'
import { UserError } from '../records/user-error.ts'
import type { AnswerStore, StoredAnswer } from './answer-store.ts'
import { toFirstAttempt } from './attempts.ts'
import { digestRequest, digestText } from './request-digest.ts'
import { joinRequest, splitRequest, storedRequestSchema } from './stored-request.ts'

/*
 * A recording is a store as text, to keep in git: JSON lines, first `{"recording": 1}`, then lines of three kinds: a
 * text (`{"text": ...}`), always before the first answer whose request quotes it, an answer, and behind all answers the
 * decisions to ask again (`{"retry": ...}`), without which a build would look for the first attempts. Digests of answers
 * are not trusted but computed anew on import, so a recording cannot smuggle in an answer under a request it does not
 * belong to.
 * A file whose name ends in `.gz` is compressed with gzip.
 */
const recordingVersion = 1

const lineSchema = z.union([
  z.strictObject({ recording: z.literal(recordingVersion) }),
  z.strictObject({ text: z.string() }),
  z.strictObject({ retry: retrySchema }),
  z.strictObject({
    request: storedRequestSchema,
    answer: answerSchema,
    step: z.string(),
    category: z.string().nullable(),
    createdAt: z.string(),
    latencyMs: z.int(),
  }),
])

/**
 * The lines of a recording of these entries, each without its line feed. Of the retries those whose attempt, or a later
 * one, is among the entries: a build that was made before a retry is made again without it.
 */
export async function* writeRecording(
  entries: AsyncIterable<StoredAnswer>,
  retries: readonly Retry[] = [],
): AsyncGenerator<string> {
  yield JSON.stringify({ recording: recordingVersion })
  const written = new Set<string>()
  const attempts = new Map<string, number>()
  for await (const { request, answer, step, category, createdAt, latencyMs } of entries) {
    const { stored, texts } = splitRequest(request)
    for (const [digest, text] of texts) {
      if (!written.has(digest)) yield JSON.stringify({ text })
      written.add(digest)
    }
    yield JSON.stringify({ request: stored, answer, step, category, createdAt, latencyMs })
    if (request.attempt === undefined) continue
    const first = digestRequest(toFirstAttempt(request))
    attempts.set(first, Math.max(request.attempt, attempts.get(first) ?? 0))
  }
  for (const retry of retries) {
    if (retry.attempt <= (attempts.get(retry.digest) ?? 0)) yield JSON.stringify({ retry })
  }
}

/** So many answers are put at once: as many as the embedded store commits in one transaction. */
const putsAtOnce = 256

/**
 * Puts a recording's answers into a store, then its retries; what the store has already stays as it is.
 * @throws UserError `recording` with file and line.
 */
export async function importRecording(
  path: string,
  store: AnswerStore,
): Promise<{ added: number; known: number; retries: number }> {
  const counts = { added: 0, known: 0, retries: 0 }
  const retries: Retry[] = []
  const put = async (entry: StoredAnswer | Retry): Promise<void> => {
    if ('reason' in entry) {
      retries.push(entry)
      return
    }
    if ((await store.get(entry.digest)) !== null) {
      counts.known += 1
      return
    }
    counts.added += 1
    await store.put(entry)
  }
  // Not pMap: 7.1.1 can resolve although its source threw, when the pull after that says `done` first.
  for await (const _ of pMapIterable(readRecording(path), put, { concurrency: putsAtOnce }));
  if (retries.length > 0) counts.retries = (await store.addRetries(retries)).added
  return counts
}

async function* readRecording(path: string): AsyncGenerator<StoredAnswer | Retry> {
  const texts = new Map<string, string>()
  let lineNumber = 0
  for await (const line of readLines(path)) {
    lineNumber += 1
    if (line.trim() === '') continue
    const where = `${path}:${lineNumber}`
    const value = parseLine(line, where)
    if ('text' in value) texts.set(digestText(value.text), value.text)
    if ('retry' in value) yield value.retry
    if (!('request' in value)) continue
    const request = joinRequest(value.request, (digest) => texts.get(digest) ?? missingText(digest, where))
    yield { ...value, request, digest: digestRequest(request) }
  }
}

/** Lines end at a line feed only: `node:readline` also ends them at U+2028, which a JSON string may hold as it is. */
async function* readLines(path: string): AsyncGenerator<string> {
  let rest = ''
  try {
    for await (const chunk of openText(path)) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error || isGzipError(error))) throw error
    throw new UserError('recording', `expected a recording, got: ${error.message}`, {
      where: path,
      remedy: 'Name a file that `safe-completions store export` wrote.',
      cause: error,
    })
  }
  yield rest
}

export function isGzipName(path: string): boolean {
  return path.endsWith('.gz')
}

function openText(path: string): NodeJS.ReadableStream {
  if (!isGzipName(path)) return createReadStream(path, 'utf8')
  // Whatever fails is thrown by the iteration; the callback only ties the two streams together.
  return pipeline(createReadStream(path), createGunzip(), () => {}).setEncoding('utf8')
}

function isGzipError(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_')
}

function parseLine(line: string, where: string): z.infer<typeof lineSchema> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw badLine(error instanceof Error ? error.message : String(error), where)
  }
  const parsed = lineSchema.safeParse(value)
  if (!parsed.success) throw badLine(z.prettifyError(parsed.error), where)
  return parsed.data
}

function missingText(digest: string, where: string): never {
  throw badLine(`the text ${digest.slice(0, 12)} stands nowhere before this line`, where)
}

function badLine(problem: string, where: string): UserError {
  return new UserError('recording', `expected a line of a recording, got: ${problem}`, {
    where,
    remedy: 'Export the recording again with `safe-completions store export`.',
  })
}
