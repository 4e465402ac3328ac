import type { ResolvedBuild } from '../build/resolve-build.ts'
import { openBuild, openLoadedBuild } from '../cli/open-build.ts'
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

/** @throws UserError `config`, `spec_set`, `template`, `own_grader`. */
export async function openProject({ config, folder, graders, ...names }: ProjectOptions): Promise<ResolvedBuild> {
  const resolved =
    typeof config === 'string'
      ? await openBuild({ config, ...names })
      : await openLoadedBuild(checkConfig(config, folder ?? '.'), names)
  return graders === undefined ? resolved : addOwnGraders(resolved, graders)
}
