import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../records/user-error.ts'
import { listBuildFiles } from './list-build-files.ts'
import type { Manifest } from './manifest.ts'
import { readManifest } from './read-manifest.ts'

/** The manifest of a build whose files all stand there in their sizes; null when anything is missing, cut or unread. */
export async function readWholeBuild(folder: string): Promise<Manifest | null> {
  const manifest = await readManifest(folder).catch((error: unknown) => {
    if (error instanceof UserError) return null
    throw error
  })
  if (manifest === null) return null
  return (await isWhole(folder, manifest)) ? manifest : null
}

/** Whether all files of a build stand there in their sizes. */
export async function isWhole(folder: string, manifest: Manifest): Promise<boolean> {
  for (const { path, bytes } of listBuildFiles(manifest)) {
    if ((await sizeOf(join(folder, path))) !== bytes) return false
  }
  return true
}

/** Bytes of a file; null when it is not there. */
export async function sizeOf(path: string): Promise<number | null> {
  return await stat(path).then(
    (one) => one.size,
    () => null,
  )
}
