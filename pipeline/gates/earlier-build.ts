import { readlink, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { isHeld } from '../build/build-folder.ts'
import { digestFile } from '../build/digest-file.ts'
import { findBuilds, type FoundBuild } from '../build/find-builds.ts'
import { readManifest, type RowFiles } from '../build/read-manifest.ts'
import { sizeOf } from '../build/read-whole-build.ts'
import { UserError } from '../records/user-error.ts'
import { describeFolder } from './read-gate-subject.ts'
import type { GateSubject } from './gate-subject.ts'

/*
 * Earlier builds that a gate compares with. A build that a gate held back is never one of them: what was not good enough
 * to be published must not decide what is. A build with accepted rows missing or cut short stops the run, because a gate
 * that overlooks rows lets everything through.
 */

export type Reference =
  | { readonly status: 'none' }
  /** The build in hand: it stands already, or is about to take the place of a damaged copy of itself. */
  | { readonly status: 'itself' }
  | { readonly status: 'found'; readonly folder: string; readonly subject: GateSubject }

export type ReferenceChoice = {
  /** As the config names it; undefined: `latest` of the home. */
  readonly against: string | undefined
  /** Absolute folder that the config's paths are relative to. */
  readonly folder: string
  readonly home: string
  /** Of the build in hand; null where it is not known yet. */
  readonly buildId: string | null
}

/**
 * The build to measure drift from.
 * @throws UserError `earlier_build`, `manifest`.
 */
export async function openReference({ against, folder, home, buildId }: ReferenceChoice): Promise<Reference> {
  const named = against === undefined ? join(home, 'latest') : resolve(folder, against)
  if (against === undefined) {
    const target = await readTarget(named)
    if (target === null) return { status: 'none' }
    if (basename(target) === buildId) return { status: 'itself' }
  }
  // Not by `latest`, which may move while it is read.
  const path = await realpath(named).catch((error: unknown) => {
    throw new UserError('earlier_build', `expected a published build, got: ${String(error)}`, {
      where: named,
      remedy: 'Bring the build back, or remove `latest` to start anew. Nothing was published, and no answer is lost.',
      cause: error,
    })
  })
  refuseHeld(path)
  const manifest = await readManifest(path)
  await checkRows(path, manifest)
  const subject = describeFolder(path, manifest)
  return subject.buildId === buildId ? { status: 'itself' } : { status: 'found', folder: path, subject }
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
    const builds = await listBuilds(root, home)
    const named = builds.length === 0 ? root : await realpath(root)
    for (const build of builds) {
      const path = await realpath(build.folder)
      const isNamed = path === named
      if (!isNamed && isHeld(basename(path))) continue
      if (!isNamed && named !== ownHome && dirname(path) === ownHome) continue
      refuseHeld(path)
      await checkRows(path, build.files)
      found.set(path, { ...build, folder: path })
    }
  }
  return [...found.values()].toSorted((a, b) => (a.folder < b.folder ? -1 : 1))
}

/** An empty folder holds nothing to repeat. One that is not there is a slip, unless this very build will make it. */
async function listBuilds(root: string, home: string): Promise<readonly FoundBuild[]> {
  const isMadeByRun = !relative(root, home).startsWith('..')
  if (isMadeByRun && !(await isThere(root))) return []
  return await findBuilds([root]).catch((error: unknown) => {
    // With a cause a folder could not be read, which says nothing of what is in it.
    if (error instanceof UserError && error.code === 'no_builds' && error.cause === undefined) return []
    throw error
  })
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
  )
}

/** What a build holds, as far as its manifest says; its files were seen to be there in their sizes. */
export async function digestBuild(folder: string): Promise<string> {
  return await digestFile(join(folder, 'manifest.json'))
}

function refuseHeld(folder: string): void {
  if (!isHeld(basename(folder))) return
  throw new UserError('earlier_build', 'expected a build that was published, got one that a gate held back', {
    where: folder,
    remedy: 'Name a published build, such as data/builds/demo/latest.',
  })
}

/** No gate reads what an earlier build rejected, and a published copy may be without. */
async function checkRows(folder: string, { shards }: Pick<RowFiles, 'shards'>): Promise<void> {
  for (const { path, bytes } of shards) {
    const size = await sizeOf(join(folder, path))
    if (size === bytes) continue
    const got = size === null ? 'none' : `${size} bytes`
    throw new UserError('earlier_build', `expected ${bytes} bytes of an earlier build's rows, got ${got}`, {
      where: join(folder, path),
      remedy: 'Bring the build back or take it out of `gates`. Nothing was published, and no answer is lost.',
    })
  }
}

/** What a link points at; null where there is none. */
async function readTarget(link: string): Promise<string | null> {
  return await readlink(link).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    // A folder of that name, where links cannot be: it is read as it is.
    if (error instanceof Error && 'code' in error && error.code === 'EINVAL') return link
    throw error
  })
}
