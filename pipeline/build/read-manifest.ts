import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../records/user-error.ts'
import { manifestSchema, type Manifest } from './manifest.ts'

/** @throws UserError `manifest` when the folder has none that can be read. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, 'manifest.json')
  try {
    return manifestSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    const problem =
      error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error)
    throw new UserError('manifest', `expected the manifest of a build, got: ${problem}`, {
      where: path,
      remedy: 'Name the folder of a build, such as data/builds/demo/latest.',
      cause: error,
    })
  }
}
