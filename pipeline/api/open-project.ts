import { resolveBuild, type ResolvedBuild } from '../build/resolve-build.ts'
import { locateBuild, locateLoaded, type LocatedBuild } from '../cli/locate-build.ts'
import type { BuildConfigInput } from '../config/build-config.ts'
import { checkConfig } from '../config/load-config.ts'
import { addOwnGraders, type OwnGraders } from './own-graders.ts'

/** What to build or to plan. */
export type ProjectOptions = {
  /** The path of a build config, or one as an object. */
  readonly config: string | BuildConfigInput
  /** The folder that the paths of a config given as an object are relative to. Default: the working directory. */
  readonly folder?: string | undefined
  /** Another spec set; names the build `<name>-<spec set>`. */
  readonly specSet?: string | undefined
  /** Another name for the build. */
  readonly name?: string | undefined
  /** Graders beside those of the config. */
  readonly graders?: OwnGraders | undefined
}

/** @throws UserError `config`. */
export async function locateProject({ config, folder, ...names }: ProjectOptions): Promise<LocatedBuild> {
  if (typeof config === 'string') return await locateBuild({ config, ...names })
  return locateLoaded(checkConfig(config, folder ?? '.'), names)
}

/** @throws UserError `spec_set`, `template`, `own_grader`. */
export async function resolveProject(
  { config, folder, describeProblems }: LocatedBuild,
  { graders }: Pick<ProjectOptions, 'graders'>,
): Promise<ResolvedBuild> {
  const resolved = await resolveBuild(config, folder, describeProblems)
  return graders === undefined ? resolved : addOwnGraders(resolved, graders)
}

/** @throws UserError `config`, `spec_set`, `template`, `own_grader`. */
export async function openProject(options: ProjectOptions): Promise<ResolvedBuild> {
  return await resolveProject(await locateProject(options), options)
}
