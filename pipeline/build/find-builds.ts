import { readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../records/user-error.ts'
import { isScratch } from './build-folder.ts'
import { readRowFiles, type RowFiles } from './read-manifest.ts'

export type FoundBuild = { readonly folder: string; readonly files: RowFiles }

/**
 * Every build at or below the folders, published or held back, each once. Links are followed only where they are named.
 * @throws UserError `no_builds` for a folder without any, `manifest` for a build of which too little can be read.
 */
export async function findBuilds(folders: readonly string[]): Promise<readonly FoundBuild[]> {
  const found = new Map<string, FoundBuild>()
  for (const root of folders) {
    const paths = await listBuildFolders(root)
    if (paths.length === 0) {
      throw new UserError('no_builds', 'expected a folder with builds below it, got none with a manifest.json', {
        where: root,
        remedy: 'Name the outputFolder of the configs that use this store, such as data/builds.',
      })
    }
    for (const folder of paths) found.set(await realpath(folder), { folder, files: await readRowFiles(folder) })
  }
  return [...found.values()]
}

async function listBuildFolders(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new UserError('no_builds', `expected a folder with builds, got: ${String(error)}`, {
      where: folder,
      remedy: 'Check the path.',
      cause: error,
    })
  })
  if (entries.some(({ name }) => name === 'manifest.json')) return [folder]
  const below = entries.filter((entry) => entry.isDirectory() && !isScratch(entry.name))
  const paths: string[] = []
  for (const { name } of below.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    paths.push(...(await listBuildFolders(join(folder, name))))
  }
  return paths
}
