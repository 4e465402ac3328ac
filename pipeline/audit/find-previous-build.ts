import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readAuditManifest } from './audit-manifest.ts'
import { UserError } from '../records/user-error.ts'
import { openAuditBuild, type AuditBuild } from './audit-build.ts'

/** Of a run that is not done, or held back by a gate: nothing to measure against. */
const unpublished = /^(?:\.|held-)/

/**
 * The build before this one: of the same name, beside it, the newest that is older. Null when there is none that can be
 * read.
 */
export async function findPreviousBuild({ folder, manifest }: AuditBuild): Promise<AuditBuild | null> {
  const home = dirname(folder)
  const entries = await readdir(home, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory() && !unpublished.test(entry.name)).map(({ name }) => name)
  const earlier: { readonly path: string; readonly createdAt: string }[] = []
  for (const name of names) {
    const path = join(home, name)
    const other = await orNull(() => readAuditManifest(path))
    if (other === null || other.name !== manifest.name || other.createdAt >= manifest.createdAt) continue
    earlier.push({ path, createdAt: other.createdAt })
  }
  const newest = earlier.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1))[0]
  return newest === undefined ? null : await orNull(() => openAuditBuild(newest.path))
}

/** What stands beside a build may be anything. */
async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof UserError) return null
    throw error
  }
}
