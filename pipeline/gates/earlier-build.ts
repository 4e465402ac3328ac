import { lstat, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { digestFile } from '../build/digest-file.ts'
import { findBuilds, type FoundBuild } from '../build/find-builds.ts'
import { readManifest, readRowFiles } from '../build/read-manifest.ts'
import { UserError } from '../records/user-error.ts'
import { describeFolder } from './read-gate-subject.ts'
import type { GateSubject } from './gate-subject.ts'

/*
 * Earlier builds that a gate compares with. A build that a gate held back is never one of them: what was not good enough
 * to be published must not decide what is. A build with a file missing or cut short stops the run, because a gate that
 * overlooks rows lets everything through.
 */

/** See build-folder.ts. */
const heldPrefix = 'held-'

/**
 * The build to measure drift from; null where none was published yet.
 * @param against As the config names it; undefined: `latest` of the home.
 * @throws UserError `earlier_build`, `manifest`.
 */
export async function openReference(
  against: string | undefined,
  folder: string,
  home: string,
): Promise<(GateSubject & { readonly folder: string }) | null> {
  const named = against === undefined ? join(home, 'latest') : resolve(folder, against)
  if (against === undefined && !(await exists(named))) return null
  // Not by `latest`, which may move while it is read.
  const path = await realpath(named).catch(() => named)
  await checkBuild(path)
  return { ...describeFolder(path, await readManifest(path)), folder: path }
}

/**
 * The published builds at or below the folders. Builds of the home itself count only where they, or it, are named: a
 * rebuild repeats its own prompts.
 * @throws UserError `no_builds`, `earlier_build`, `manifest`.
 */
export async function findPublishedBuilds(
  against: readonly string[],
  folder: string,
  home: string,
): Promise<readonly FoundBuild[]> {
  const found = new Map<string, FoundBuild>()
  const ownHome = await realpath(home).catch(() => home)
  for (const one of against) {
    const root = resolve(folder, one)
    for (const build of await findBuilds([root])) {
      const [path, named] = [await realpath(build.folder), await realpath(root)]
      const isNamed = path === named
      if (!isNamed && basename(path).startsWith(heldPrefix)) continue
      if (!isNamed && named !== ownHome && dirname(path) === ownHome) continue
      await checkBuild(path)
      found.set(path, { ...build, folder: path })
    }
  }
  return [...found.values()].toSorted((a, b) => (a.folder < b.folder ? -1 : 1))
}

/** What a build holds, as far as its manifest says; its files were seen to be there in their sizes. */
export async function digestBuild(folder: string): Promise<string> {
  return await digestFile(join(folder, 'manifest.json'))
}

async function checkBuild(folder: string): Promise<void> {
  if (basename(folder).startsWith(heldPrefix)) {
    throw new UserError('earlier_build', 'expected a build that was published, got one that a gate held back', {
      where: folder,
      remedy: 'Name a published build, such as data/builds/demo/latest.',
    })
  }
  const { shards, rejected } = await readRowFiles(folder)
  for (const { path, bytes } of [...shards, ...rejected]) {
    const size = await stat(join(folder, path)).then(
      (one) => one.size,
      () => null,
    )
    if (size === bytes) continue
    const got = size === null ? 'none' : `${size} bytes`
    throw new UserError('earlier_build', `expected ${bytes} bytes of an earlier build's rows, got ${got}`, {
      where: join(folder, path),
      remedy: 'Bring the build back or take it out of `gates`. Nothing was published, and no answer is lost.',
    })
  }
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
      throw error
    },
  )
}
