import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../records/user-error.ts'
import { digestFile } from './digest-file.ts'
import type { FoundBuild } from './find-builds.ts'
import { readBuildRows } from './read-build-rows.ts'

const columns = { accepted: ['requests'], rejected: ['requests'] } as const
const requestsSchema = z.array(z.string())

/**
 * The digests of all requests whose answers the builds rest on, some more than once: what a rerun of any of them finds
 * in the store. Every row lists what led to it (classification, generation, verdicts, repairs), and every prompt that
 * anything was asked about ends as a row.
 * @throws UserError `damaged_build` when a file is not the one that its manifest names: it could name fewer requests
 * than the build rests on. And see {@link readBuildRows}.
 */
export async function* readUsedRequests(builds: readonly FoundBuild[]): AsyncGenerator<string> {
  for (const build of builds) {
    await checkFiles(build)
    for await (const { row } of readBuildRows(build, columns)) yield* requestsSchema.parse(row['requests'])
  }
}

async function checkFiles({ folder, files }: FoundBuild): Promise<void> {
  for (const { path, sha256 } of [...files.shards, ...files.rejected]) {
    const file = join(folder, path)
    if (existsSync(file) && (await digestFile(file)) === sha256) continue
    throw new UserError('damaged_build', 'expected the file that the manifest names, got another or none', {
      where: file,
      remedy: 'Build it again, which sends no request, or move the build away if it need not be kept.',
    })
  }
}
