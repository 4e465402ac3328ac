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
}

/**
 * Puts all answers of a store into another, surplus ones too; merging twice changes nothing. Digests are not trusted,
 * as on import. Notes of failures stay behind: they say how a provider was, not what was paid for.
 * @param name Of the source, for the error.
 * @throws UserError `answer_store` for an answer that is filed under another request's digest; those before it are kept.
 */
export async function mergeStore(
  from: Pick<StoreHousekeeping, 'entries' | 'surplus'>,
  into: AnswerStore,
  name: string,
): Promise<MergeCounts> {
  const before = await into.count()
  let total = 0
  const put = async (entry: StoredAnswer): Promise<void> => {
    if (digestRequest(entry.request) !== entry.digest) throw misfiled(entry, name)
    total += 1
    await into.put(entry)
  }
  await pMap(from.entries(), put, { concurrency: putsAtOnce })
  await pMap(from.surplus(), put, { concurrency: putsAtOnce })
  const after = await into.count()
  const [added, surplus] = [after.answers - before.answers, after.surplus - before.surplus]
  return { added, surplus, known: total - added - surplus }
}

function misfiled({ digest }: StoredAnswer, name: string): UserError {
  return new UserError('answer_store', `expected answers under their requests' digests, got another under ${digest}`, {
    where: name,
    remedy: 'The store was changed by other means than safe-completions: restore it from a copy.',
  })
}
