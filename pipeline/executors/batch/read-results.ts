import type { BatchRequest, StoredBatch } from '../../answers/batch-store.ts'
import type { RemoteBatch } from '../../models/batch-api.ts'
import type { BatchLineOutcome } from '../../models/batch-line.ts'
import { retryBatchCall } from '../../models/retry-batch-call.ts'
import type { Answer } from '../../records/answer.ts'
import { explainFailure } from './submit-batch.ts'
import type { BatchDeskOptions, BatchLane } from './batch-lane.ts'

export type TurnedDown = {
  readonly request: BatchRequest
  readonly outcome: Extract<BatchLineOutcome, { status: 'turned_down' }>
}

/** What the result files of a batch say, by digest. */
export type BatchResults = {
  readonly answered: ReadonlySet<string>
  readonly turnedDown: ReadonlyMap<string, TurnedDown>
  /** To what the server said. */
  readonly failed: ReadonlyMap<string, Extract<BatchLineOutcome, { status: 'failed' }>>
  /** Lines that do not parse. */
  readonly malformed: number
  /** Lines of requests that are not in the batch. */
  readonly unknown: number
  /** Generations for a schema that was asked for in its own way, and in words. */
  readonly inForm: number
  readonly inWords: number
}

/** Finishes that only a generation has; as in openai-provider.ts. */
const generatedFinishes: ReadonlySet<Answer['finish']> = new Set(['complete', 'refused', 'truncated'])

/** As many answers as the store commits at once. */
const putsAtOnce = 256

/** A file that comes short of what the server counts is fetched so often; what is still missing is asked for again. */
const fetches = 3

/** A file of a batch that ended may be slow to show; servers keep it for weeks. */
const keptMs = 7 * 24 * 60 * 60_000

function isLongOver({ endedAt }: RemoteBatch, { now }: BatchDeskOptions): boolean {
  return endedAt !== null && now() - endedAt * 1000 > keptMs
}

type PutAnswer = (request: BatchRequest, answer: Answer) => Promise<void>

/**
 * Reads the output and the error file of a batch, in any order of lines, and has each answer stored as it comes. A file
 * that ends too early is fetched again: answers that were stored are not stored twice.
 * @throws BatchTrouble when a file cannot be had now.
 */
export async function readResults(
  batch: StoredBatch,
  remote: RemoteBatch,
  lane: BatchLane,
  put: PutAnswer,
  options: BatchDeskOptions,
): Promise<BatchResults> {
  const answered = new Set<string>()
  const turnedDown = new Map<string, TurnedDown>()
  const failed = new Map<string, Extract<BatchLineOutcome, { status: 'failed' }>>()
  let [malformed, unknown, inForm, inWords] = [0, 0, 0, 0]
  let puts: Promise<void>[] = []
  const settlePuts = async (): Promise<void> => {
    const waiting = puts
    puts = []
    await Promise.all(waiting)
  }

  const onLine = async (line: string): Promise<void> => {
    const reading = lane.api.readLine(line, batch.model)
    if (!reading.ok) {
      malformed += 1
      return
    }
    const { digest, outcome } = reading
    if (answered.has(digest)) return
    const request = await options.batches.findRequest(batch.id, digest)
    if (request === null) {
      unknown += 1
    } else if (outcome.status === 'answered') {
      answered.add(digest)
      if (request.request.schema !== null && generatedFinishes.has(outcome.answer.finish)) {
        if (request.askedAs === 'prompt') inWords += request.request.structuredOutput === 'prompt' ? 0 : 1
        else inForm += 1
      }
      const stored = put(request, outcome.answer)
      // Waited for with the others; until then a failure must not count as one that nobody handles.
      stored.catch(() => undefined)
      puts.push(stored)
      if (puts.length >= putsAtOnce) await settlePuts()
    } else if (outcome.status === 'turned_down') {
      turnedDown.set(digest, { request, outcome })
    } else {
      failed.set(digest, outcome)
    }
  }

  const fetchFile = async (fileId: string, expected: number): Promise<void> => {
    for (let fetched = 1; fetched <= fetches; fetched += 1) {
      const before = { malformed, unknown }
      const { retries } = options
      const downloaded = await retryBatchCall(() => lane.api.download(fileId, onLine, retries.stop), retries)
      await settlePuts()
      // A file that the server dropped long after the end is gone: its requests count as unanswered.
      if (downloaded.status === 'not_found' && isLongOver(remote, options)) return
      if (downloaded.status !== 'done') throw explainFailure(downloaded, lane)
      if (malformed === before.malformed && downloaded.value >= expected) return
      if (fetched < fetches) ({ malformed, unknown } = before)
    }
  }

  try {
    if (remote.outputFileId !== null) await fetchFile(remote.outputFileId, remote.completed)
    if (remote.errorFileId !== null) await fetchFile(remote.errorFileId, 0)
  } finally {
    await Promise.allSettled(puts)
  }
  return { answered, turnedDown, failed, malformed, unknown, inForm, inWords }
}
