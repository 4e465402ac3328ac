import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { AnswerStore, StoredAnswer } from '../answers/answer-store.ts'
import { toFirstAttempt, type Attempts } from '../answers/attempts.ts'
import { digestRequest } from '../answers/request-digest.ts'
import type { Retry, RetryCode } from '../records/retry.ts'
import { verdictSchema } from '../records/verdict.ts'
import { readShard } from '../shards/read-shard.ts'
import { isHeld } from './build-folder.ts'
import type { Manifest } from './manifest.ts'
import { readWholeBuild } from './read-whole-build.ts'

export type FailedRequests = {
  /** The builds whose rejected rows were looked at, the newest first; empty where none stands. */
  readonly builds: readonly string[]
  /** What is to be asked again, once each, in order of digest. */
  readonly failures: readonly Omit<Retry, 'runId' | 'at'>[]
  /** Failures that an earlier run decided to ask again, and that the newest build still has as they were. */
  readonly askedBefore: number
}

export type FailureSearch = {
  /** The folder of the builds of one name. */
  readonly home: string
  readonly store: Pick<AnswerStore, 'find'>
  readonly attempts: Attempts
  readonly codes: readonly RetryCode[]
}

const columns = ['code', 'requests', 'verdicts']
const rowSchema = z.object({
  code: z.string(),
  requests: z.array(z.string()),
  verdicts: z.string().transform((text): unknown => JSON.parse(text)),
})

/**
 * Finds the requests whose answers made rejected rows of the latest build, and of a newer one that a gate held back, by
 * the code of the row. A failure is asked again once: where a newer attempt than the row's is noted already, that one was not looked at yet, so a run that was
 * killed after noting is gone on with and notes nothing twice.
 */
export async function findFailedRequests({ home, store, attempts, codes }: FailureSearch): Promise<FailedRequests> {
  const builds = await findBuilds(home)
  const failures = new Map<string, Omit<Retry, 'runId' | 'at'>>()
  const askedBefore = new Set<string>()
  for (const { build, path, isNewest } of builds.flatMap(listRejected)) {
    for await (const row of readShard(join(build.folder, path), columns)) {
      const { code, requests, verdicts } = rowSchema.parse(row)
      const reason = codes.find((one) => one === code)
      if (reason === undefined) continue
      for (const list of reason === 'ungraded' ? listUngraded(verdicts) : [requests]) {
        const [root, ...repairs] = await findFailedChain(list, store)
        if (root === undefined) continue
        const digest = digestRequest(toFirstAttempt(root.request))
        const failed = root.request.attempt ?? 0
        if (attempts.newestOf(digest) > failed) {
          if (isNewest) askedBefore.add(digest)
        } else {
          const chain = [root, ...repairs].map((one) => one.digest)
          failures.set(digest, { digest, attempt: failed + 1, failed: chain, reason })
        }
      }
    }
  }
  const sorted = [...failures.values()].toSorted((a, b) => (a.digest < b.digest ? -1 : 1))
  return { builds: builds.map(({ manifest }) => manifest.buildId), failures: sorted, askedBefore: askedBefore.size }
}

type Build = { readonly folder: string; readonly manifest: Manifest }

/** `latest`, behind the newest held one if that is newer. */
async function findBuilds(home: string): Promise<readonly Build[]> {
  const latest = await readBuild(join(home, 'latest'))
  const names = await readdir(home).catch(() => [])
  const held: Build[] = []
  for (const name of names.filter(isHeld)) {
    const build = await readBuild(join(home, name))
    if (build !== null && build.manifest.createdAt > (latest?.manifest.createdAt ?? '')) held.push(build)
  }
  const newest = held.toSorted((a, b) => (a.manifest.createdAt < b.manifest.createdAt ? 1 : -1)).slice(0, 1)
  return latest === null ? newest : [...newest, latest]
}

async function readBuild(folder: string): Promise<Build | null> {
  const manifest = await readWholeBuild(folder)
  return manifest === null ? null : { folder, manifest }
}

function listRejected(build: Build, n: number) {
  return build.manifest.rejected.map(({ path }) => ({ build, path, isNewest: n === 0 }))
}

/** The requests of each judge that gave no verdict. */
function listUngraded(verdicts: unknown): readonly (readonly string[])[] {
  return z
    .array(verdictSchema)
    .parse(verdicts)
    .filter(({ status }) => status === 'ungraded')
    .map(({ requests }) => requests)
}

/**
 * The request that a list ends with, behind the one that it repairs if it is a repair: a repair quotes the bad reply, so
 * asking again begins before it. Empty where the store lacks the answer, which a build then asks for anyway, and where the
 * prompt did not fit, which it will not fit the next time either.
 */
async function findFailedChain(
  requests: readonly string[],
  store: FailureSearch['store'],
): Promise<readonly StoredAnswer[]> {
  const [before, last] = await Promise.all([-2, -1].map((n) => findAt(requests, n, store)))
  if (last === null || last === undefined || last.answer.finish === 'context_length') return []
  return before !== null && before !== undefined && isRepairOf(last, before) ? [before, last] : [last]
}

async function findAt(
  requests: readonly string[],
  n: number,
  store: FailureSearch['store'],
): Promise<StoredAnswer | null> {
  const digest = requests.at(n)
  return digest === undefined ? null : await store.find(digest)
}

function isRepairOf({ request: repair }: StoredAnswer, { request, answer }: StoredAnswer): boolean {
  const quoted = repair.messages[request.messages.length]
  return (
    quoted?.role === 'assistant' &&
    quoted.content === answer.text &&
    repair.repeat === request.repeat &&
    digestRequest({ ...repair, messages: repair.messages.slice(0, request.messages.length) }) === digestRequest(request)
  )
}
