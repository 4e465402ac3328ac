import type { AnswerStore } from '../../answers/answer-store.ts'
import { wasDeclinedBefore } from '../../answers/attempts.ts'
import type { BatchRequest, RequestFailure, Settlement, StoredBatch } from '../../answers/batch-store.ts'
import type { RemoteBatch } from '../../models/batch-api.ts'
import {
  createTrouble,
  describeBatch,
  toIso,
  type BatchDeskOptions,
  type BatchLane,
  type BatchTrouble,
} from './batch-lane.ts'
import { readResults, type BatchResults } from './read-results.ts'

/** A server turns down one request with these, for its length or its content, and takes the next; as in live.ts. */
const declinedStatuses: ReadonlySet<number> = new Set([400, 403, 413, 422])

/**
 * So many requests of a batch that were turned down, and more than were answered, mean that it is not the requests: the
 * account ran dry, or the parameters are wrong. 20 as in live.ts, where they come in a row.
 */
const massOfDeclined = 20

/**
 * Stores every answer of a batch that the provider ended, and settles it. What is stored before a crash is found to be
 * stored when it is read again: an answer is dated by the provider's clock, so that it is the same purchase.
 * Returns what speaks against sending more to this lane; null where nothing does.
 * @throws BatchTrouble where the results cannot be read now; the batch stays as it was.
 */
export async function settleBatch(
  batch: StoredBatch,
  remote: RemoteBatch,
  lane: BatchLane,
  store: Pick<AnswerStore, 'get' | 'put'>,
  options: BatchDeskOptions,
): Promise<BatchTrouble | null> {
  const { batches, budget, note } = options
  const createdAt = toIso(
    remote.endedAt === null ? Date.parse(batch.submittedAt ?? batch.createdAt) : remote.endedAt * 1000,
  )
  const latencyMs = remote.endedAt === null ? 0 : Math.max(0, Math.round((remote.endedAt - remote.createdAt) * 1000))
  const put = async (
    { digest, request, step, category }: BatchRequest,
    bare: Parameters<typeof budget.settle>[1],
  ): Promise<void> => {
    const answer = { ...bare, via: 'batch' } as const
    await store.put({ digest, request, answer, step, category, createdAt, latencyMs })
    budget.settle(digest, answer)
  }
  const results = await readResults(batch, remote, lane, put, options)
  const isMass = results.turnedDown.size >= massOfDeclined && results.turnedDown.size > results.answered.size
  const failures: RequestFailure[] = []
  let worst: BatchTrouble | null = null
  for (const digest of await batches.digests(batch.id)) {
    if (results.answered.has(digest)) continue
    const turned = results.turnedDown.get(digest)
    if (turned === undefined) {
      const failed = results.failed.get(digest)
      // A line that was lost on its way may have been billed.
      if (failed === undefined ? remote.outputFileId !== null : failed.mayBeBilled) budget.assume(digest)
      else budget.release(digest)
      failures.push({
        digest,
        outcome: 'failed',
        detail: failed?.detail ?? `batch ${remote.id} (${remote.status}) has no line for it`,
      })
      continue
    }
    const { outcome, request } = turned
    const canTell = results.answered.size > 0 || (await wasDeclinedBefore(request.request, store))
    const isFormed = request.request.schema !== null && request.askedAs !== 'prompt'
    if (outcome.isFormatStatus && isFormed) {
      budget.release(digest)
      failures.push({ digest, outcome: 'format_refused', detail: outcome.detail })
    } else if (declinedStatuses.has(outcome.httpStatus) && canTell && !isMass) {
      await put(request, createDeclined(outcome.detail))
    } else {
      budget.release(digest)
      failures.push({ digest, outcome: 'failed', detail: outcome.detail })
      const isOne = declinedStatuses.has(outcome.httpStatus) && !isMass
      if (!isOne && outcome.remedy !== '') worst ??= createTrouble('provider', outcome.detail, lane, outcome.remedy)
    }
  }
  await batches.settle(batch.id, describeSettlement(remote, failures, results, options))
  const lost = results.malformed + results.unknown
  const oddities =
    lost > 0 ? `; ${results.malformed} lines that do not parse, ${results.unknown} of no request of it` : ''
  const done = batch.requests - failures.length
  note(
    `${describeBatch(batch)} of wave ${batch.wave}: ${remote.status}, ${done} answered, ${failures.length} not${oddities}`,
  )
  return worst
}

/**
 * Settles a batch that failed before anything of it ran. Errors that name lines are those requests' own; the others of
 * the batch were not tried.
 */
export async function settleFailedBatch(
  batch: StoredBatch,
  remote: RemoteBatch,
  options: BatchDeskOptions,
): Promise<void> {
  const { batches, budget, note } = options
  const digests = await batches.digests(batch.id)
  const byDigest = new Map<string, string>()
  for (const { line, code, message } of remote.errors) {
    const digest = line === null ? undefined : digests[line - 1]
    if (digest !== undefined) byDigest.set(digest, `line ${line}: ${code} ${message}`.trim())
  }
  const all = remote.errors.map(({ code, message }) => `${code} ${message}`.trim()).join('; ') || 'no reason given'
  const failures = digests.map((digest): RequestFailure => {
    budget.release(digest)
    if (byDigest.size === 0) return { digest, outcome: 'failed', detail: `the batch failed: ${all}` }
    const detail = byDigest.get(digest)
    return { digest, outcome: detail === undefined ? 'unsent' : 'failed', detail: detail ?? '' }
  })
  await batches.settle(batch.id, {
    ...describeSettlement(remote, failures, { inForm: 0, inWords: 0 }, options),
    detail: all,
  })
  note(`${describeBatch(batch)} of wave ${batch.wave}: failed: ${all}`)
}

function describeSettlement(
  { status }: RemoteBatch,
  failures: readonly RequestFailure[],
  { inForm, inWords }: Pick<BatchResults, 'inForm' | 'inWords'>,
  { run, now }: BatchDeskOptions,
): Settlement {
  const times = { remoteStatus: status, settledAt: toIso(now()), fetchedBy: run }
  return { ...times, failures, inForm, inWords, detail: failures[0]?.detail ?? '' }
}

function createDeclined(detail: string) {
  const nothing = { text: '', reasoning: '', usage: null, servedModel: '', responseId: '' } as const
  return { finish: 'declined', refusal: detail, ...nothing } as const
}
