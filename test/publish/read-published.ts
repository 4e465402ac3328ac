import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { collectSet, type PublishedSet } from '../../pipeline/publish/published-set.ts'
import { createFolder } from '../build/build-project.ts'
import { findCommit, type HubRepo } from '../support/hub-repositories.ts'

/** What a reader downloads: files in an empty folder, whose path it returns. */
export async function download(files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const folder = join(await createFolder(), 'download')
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
  return folder
}

/** The files of a branch, as its readers see them now. */
export function readBranch(repo: HubRepo | undefined, revision = 'main'): ReadonlyMap<string, Uint8Array> {
  const commit = repo === undefined ? undefined : findCommit(repo, revision)
  return new Map([...(commit?.files ?? [])].map(([path, { bytes }]) => [path, bytes]))
}

export async function collect(
  build: string,
  editCard: (card: string) => string = (card) => card,
): Promise<PublishedSet> {
  const collected = await collectSet(build, { include: [], writeAnswers: null, editCard })
  if ('problems' in collected) throw new Error(collected.problems.join('; '))
  return collected.set
}
