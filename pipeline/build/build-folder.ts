import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UserError } from '../records/user-error.ts'
import { readWholeBuild } from './read-whole-build.ts'

/*
 * <root>/<name>/
 *   .lock.db, .lock.json       the lock of build-lock.ts, and who holds it
 *   .partial-<random>/         a run's own: build/, which is renamed when it is whole, and scratch files beside it
 *   <build id>/                a whole build
 *   held-<build id>/           a whole build that a gate held back
 *   latest -> <build id>       moved last, in one step
 *   status.json                where the run is, and what the last one came to
 * A partial folder that stands when a run takes the lock was left by a kill: it holds nothing that was paid for and is
 * removed.
 */

export type PartialBuild = {
  /** Absolute path of the folder being filled. */
  readonly path: string
  /** Absolute path of a file for rows on their way; gone with the run. */
  readonly spoolPath: string
  /** Whether a whole build of that id stands already; it is equal to this one by construction. */
  readonly isPublished: (buildId: string) => Promise<boolean>
  /** Moves it to its place if none of that id stands there, and points `latest` at it. Returns the path. */
  readonly publish: (buildId: string) => Promise<string>
  /** Moves it aside, where `latest` never points. */
  readonly hold: (buildId: string) => Promise<string>
  readonly discard: () => Promise<void>
}

/** Whether a folder under its final name holds all that it should: only then it stays. */
export type IsWhole = (folder: string) => Promise<boolean>

async function isWholeBuild(folder: string): Promise<boolean> {
  return (await readWholeBuild(folder)) !== null
}

/**
 * For the run that holds the lock of the folder.
 * @param isWhole for what is no build, but is published in the same way.
 * @throws UserError `output_folder` when the disk or its permissions refuse.
 */
export async function startPartialBuild(home: string, isWhole: IsWhole = isWholeBuild): Promise<PartialBuild> {
  const scratch = join(home, nameScratch())
  const path = join(scratch, 'build')
  await orFolderError(home, () => mkdir(path, { recursive: true }))
  return {
    path,
    spoolPath: join(scratch, 'spool.db'),
    isPublished: (buildId) => isWhole(join(home, buildId)),
    publish: (buildId) =>
      orFolderError(home, async () => {
        const final = join(home, buildId)
        if (!(await isWhole(final))) await moveInto(path, final, join(scratch, 'damaged'), isWhole)
        await pointLatest(home, buildId)
        return final
      }),
    hold: (buildId) =>
      orFolderError(home, async () => {
        const aside = join(home, `${heldPrefix}${buildId}`)
        await rm(aside, { recursive: true, force: true })
        await rename(path, aside)
        return aside
      }),
    discard: () => rm(scratch, { recursive: true, force: true }),
  }
}

/** Writes a JSON file whole or not at all. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await orFolderError(path, () => writeWhole(path, `${JSON.stringify(value, null, 2)}\n`))
}

/** Writes a file whole or not at all, by a hidden name beside it. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), nameScratch())
  try {
    await writeFile(temporary, text)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

const heldPrefix = 'held-'

/** Whether a name in a build's folder is of a build that a gate held back. */
export function isHeld(name: string): boolean {
  return name.startsWith(heldPrefix)
}

/** What a run did not finish begins with this. */
export const scratchPrefix = '.partial-'

/**
 * A hidden name of this run's own.
 * @param of What is being made, in a folder where others may be at work on something else.
 */
export function nameScratch(of = ''): string {
  return `${scratchPrefix}${randomBytes(8).toString('hex')}${of}`
}

/**
 * Removes what runs that were killed left in a folder.
 * @param of As {@link nameScratch} was given it; without it, all that any run left.
 * @param isDead Of a path; needed where no lock keeps others from the folder.
 */
export async function removeScratch(
  folder: string,
  of: string | null = null,
  isDead: (path: string) => Promise<boolean> = () => Promise.resolve(true),
): Promise<void> {
  const ownPart = nameScratch().length
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const isOurs = isScratch(name) && (of === null || name.slice(ownPart) === of)
    if (isOurs && (await isDead(path))) await rm(path, { recursive: true, force: true })
  }
}

/** Whether a name in a build's folder is of something that a run did not finish. */
export function isScratch(name: string): boolean {
  return name.startsWith(scratchPrefix)
}

/** Where another run was first, its build stays: it is equal. A damaged one makes room. */
async function moveInto(path: string, final: string, aside: string, isWhole: IsWhole): Promise<void> {
  try {
    await rename(path, final)
  } catch (error) {
    if (await isWhole(final)) return
    if (!(error instanceof Error) || !('code' in error) || !['ENOTEMPTY', 'EEXIST'].includes(String(error.code))) {
      throw error
    }
    await rename(final, aside)
    await rename(path, final)
  }
}

async function pointLatest(home: string, buildId: string): Promise<void> {
  const temporary = join(home, nameScratch())
  await symlink(buildId, temporary)
  await rename(temporary, join(home, 'latest'))
}

/** @throws UserError `output_folder` in place of an error of the file system. */
export async function orFolderError<T>(where: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw new UserError('output_folder', `expected a writable output folder, got: ${error.message}`, {
      where,
      remedy: 'Check permissions and free space, or set `outputFolder` to another path. Answers are kept in the store.',
      cause: error,
    })
  }
}
