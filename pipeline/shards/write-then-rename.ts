import { createHash } from 'node:crypto'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UserError } from '../records/user-error.ts'

export type WrittenFile = { readonly bytes: number; readonly sha256: string }
export type AppendBytes = (bytes: Uint8Array) => Promise<void>

/**
 * Writes a file that is either whole under its name or not there: filled and synced as `<path>.partial`, read back by
 * `verify`, renamed, and the folder synced, so that a power cut cannot undo the rename. What `fill` or `verify` throws
 * is passed on unchanged, after the temporary file is gone. A stale `.partial` of a killed run is overwritten.
 * @throws UserError `file_write` when the disk or the folder refuses.
 */
export async function writeThenRename(
  path: string,
  fill: (append: AppendBytes) => Promise<void>,
  verify: (temporaryPath: string, written: WrittenFile) => Promise<void>,
): Promise<WrittenFile> {
  const temporaryPath = `${path}.partial`
  const handle = await orFileError(path, () => open(temporaryPath, 'w'))
  let isRenamed = false
  try {
    const written = await fillAndSync(handle, path, fill)
    await verify(temporaryPath, written)
    await orFileError(path, () => rename(temporaryPath, path))
    isRenamed = true
    await orFileError(path, () => syncFolder(dirname(path)))
    return written
  } catch (error) {
    await rm(isRenamed ? path : temporaryPath, { force: true })
    throw error
  }
}

async function fillAndSync(
  handle: FileHandle,
  path: string,
  fill: (append: AppendBytes) => Promise<void>,
): Promise<WrittenFile> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    await fill(async (chunk) => {
      // writeFile on a handle goes on from the current position and repeats short writes; write() may stop short.
      await orFileError(path, () => handle.writeFile(chunk))
      hash.update(chunk)
      bytes += chunk.byteLength
    })
    await orFileError(path, () => handle.sync())
  } finally {
    await handle.close()
  }
  return { bytes, sha256: hash.digest('hex') }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function orFileError<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UserError('file_write', `expected a writable file, got: ${reason}`, {
      where: path,
      remedy: 'Check that the folder exists, its permissions and the free space, then run again.',
      cause,
    })
  }
}
