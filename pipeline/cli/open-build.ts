import { join } from 'node:path'
import { readWholeBuild } from '../build/read-whole-build.ts'
import { readManifest } from '../build/read-manifest.ts'
import type { Manifest } from '../build/manifest.ts'
import { resolveBuild, type ResolvedBuild } from '../build/resolve-build.ts'
import { locateBuild, type BuildChoice } from './locate-build.ts'

/** A config, located, with specs and templates. */
export async function openBuild(choice: BuildChoice): Promise<ResolvedBuild> {
  const { config, folder, describeProblems } = await locateBuild(choice)
  return await resolveBuild(config, folder, describeProblems)
}

export type EarlierBuild = { readonly folder: string; readonly manifest: Manifest }

/**
 * The build to compare with: the one named, or the latest of this name; null when there is none yet.
 * @throws UserError `manifest` when the named folder is no build.
 */
export async function findEarlierBuild(
  { outputRoot, config }: ResolvedBuild,
  against: string | undefined,
): Promise<EarlierBuild | null> {
  if (against !== undefined) return { folder: against, manifest: await readManifest(against) }
  const home = join(outputRoot, config.name)
  const manifest = await readWholeBuild(join(home, 'latest'))
  // Not by `latest`, which may move while the build is read.
  return manifest === null ? null : { folder: join(home, manifest.buildId), manifest }
}
