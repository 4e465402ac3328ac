import { findFiles } from '../importers/find-files.ts'
import { digestFile } from './digest-file.ts'

type FileSet = { readonly name: string; readonly path: string | readonly string[] }

/**
 * SHA-256 of every file of some sources or evaluation sets, by `<name>: <file>`.
 * @param folder Their paths are relative to it.
 * @throws UserError for a path without a file.
 */
export async function digestInputFiles(sets: readonly FileSet[], folder: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {}
  for (const { name: set, path: paths } of sets) {
    for (const { name, path } of await findFiles([paths].flat(), folder)) {
      digests[`${set}: ${name}`] = await digestFile(path)
    }
  }
  return digests
}
