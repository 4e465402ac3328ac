import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../records/user-error.ts'
import type { Manifest } from './manifest.ts'
import { readManifest } from './read-manifest.ts'

/** The manifest of a build whose files all stand there in their sizes; null when anything is missing, cut or unread. */
export async function readWholeBuild(folder: string): Promise<Manifest | null> {
  const manifest = await readManifest(folder).catch((error: unknown) => {
    if (error instanceof UserError) return null
    throw error
  })
  if (manifest === null) return null
  for (const { path, bytes } of [...manifest.shards, ...manifest.rejected, ...manifest.files]) {
    if ((await sizeOf(join(folder, path))) !== bytes) return null
  }
  return manifest
}

/** Bytes of a file; null when it is not there. */
async function sizeOf(path: string): Promise<number | null> {
  return await stat(path).then(
    (one) => one.size,
    () => null,
  )
}
