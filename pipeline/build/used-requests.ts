import { z } from 'zod'
import type { FoundBuild } from './find-builds.ts'
import { readBuildRows } from './read-build-rows.ts'

const columns = { accepted: ['requests'], rejected: ['requests'] } as const
const requestsSchema = z.array(z.string())

/**
 * The digests of all requests whose answers the builds rest on, some more than once: what a rerun of any of them finds
 * in the store. Every row lists what led to it (classification, generation, verdicts, repairs), and every prompt that
 * anything was asked about ends as a row.
 * @throws UserError, see {@link readBuildRows}.
 */
export async function* readUsedRequests(builds: readonly FoundBuild[]): AsyncGenerator<string> {
  for (const build of builds) {
    for await (const { row } of readBuildRows(build, columns)) yield* requestsSchema.parse(row['requests'])
  }
}
