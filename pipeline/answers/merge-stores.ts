import { isDeepStrictEqual } from 'node:util'
import pMap from 'p-map'
import { UserError } from '../records/user-error.ts'
import type { AnswerStore, StoredAnswer, StoreHousekeeping } from './answer-store.ts'
import { digestRequest } from './request-digest.ts'

/** So many answers are put at once: as many as the embedded store commits in one transaction. */
const putsAtOnce = 256

export type MergeCounts = {
  /** Answers to requests that had none. */
  readonly added: number
  /** Other answers to requests that had one: kept, never used. */
  readonly surplus: number
  /** Answers that were here already. */
  readonly known: number
  /** Decisions to ask again that were not here. */
  readonly retries: number
}

/**
 * Puts all answers of a store into another, surplus ones too; merging twice changes nothing. Digests are not trusted,
 * as on import. Notes of failures stay behind: they say how a provider was, not what was paid for. A retry comes along
 * unless it is about an answer that is not used here: this store's own answer to that request need not have failed.
 * @param name Of the source, for the error.
 * @throws UserError `answer_store` for an answer that is filed under another request's digest; those before it are kept.
 */
export async function mergeStore(
  from: Pick<StoreHousekeeping, 'entries' | 'surplus' | 'listRetries'>,
  into: AnswerStore,
  name: string,
): Promise<MergeCounts> {
  const before = await into.count()
  /** Requests of which the answer here is another. */
  const outvoted = new Set<string>()
  let total = 0
  const put = async (entry: StoredAnswer): Promise<void> => {
    if (digestRequest(entry.request) !== entry.digest) throw misfiled(entry, name)
    total += 1
    const used = await into.put(entry)
    if (!isDeepStrictEqual(used, entry.answer)) outvoted.add(entry.digest)
  }
  await pMap(from.entries(), put, { concurrency: putsAtOnce })
  const leftBehind = new Set<string>()
  const carried = (await from.listRetries()).filter(({ digest, failed }) => {
    if (failed.some((one) => outvoted.has(one))) leftBehind.add(digest)
    return !leftBehind.has(digest)
  })
  const retries = carried.length === 0 ? 0 : (await into.addRetries(carried)).added
  await pMap(from.surplus(), put, { concurrency: putsAtOnce })
  const after = await into.count()
  const [added, surplus] = [after.answers - before.answers, after.surplus - before.surplus]
  return { added, surplus, known: total - added - surplus, retries }
}

function misfiled({ digest }: StoredAnswer, name: string): UserError {
  return new UserError('answer_store', `expected answers under their requests' digests, got another under ${digest}`, {
    where: name,
    remedy: 'The store was changed by other means than safe-completions: restore it from a copy.',
  })
}
