import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../records/user-error.ts'
import { manifestSchema, type Manifest } from './manifest.ts'

/** @throws UserError `manifest` when the folder has none that can be read. */
export async function readManifest(folder: string): Promise<Manifest> {
  return await readAs(manifestSchema, folder)
}

const { manifestVersion, buildId, createdAt, inputs, shards, rejected } = manifestSchema.shape
const rowFilesSchema = z.object({
  manifestVersion,
  buildId,
  createdAt,
  inputs: z.object({ specSet: z.object({ name: inputs.shape.specSet.shape.name }) }),
  shards,
  rejected,
})
/** The part of a manifest that says where the rows are. */
export type RowFiles = Readonly<z.infer<typeof rowFilesSchema>>

/**
 * Also reads manifests that lack what this version adds: old builds are kept, too.
 * @throws UserError `manifest`, see {@link readManifest}.
 */
export async function readRowFiles(folder: string): Promise<RowFiles> {
  return await readAs(rowFilesSchema, folder)
}

async function readAs<T>(schema: z.ZodType<T>, folder: string): Promise<T> {
  const path = join(folder, 'manifest.json')
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')))
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
