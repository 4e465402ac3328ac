import { join, resolve } from 'node:path'
import { buildConfigSchema, type BuildConfig } from '../config/build-config.ts'
import { loadConfig, type LoadedConfig } from '../config/load-config.ts'
import { UserError } from '../records/user-error.ts'

export type BuildChoice = {
  readonly config: string
  readonly specSet?: string | undefined
  readonly name?: string | undefined
}

/** Where a build goes: known before its specs and templates are read. */
export type LocatedBuild = {
  readonly config: BuildConfig
  /** Absolute folder that the config's paths are relative to. */
  readonly folder: string
  readonly describeProblems: LoadedConfig['describeProblems']
  /** Absolute folder of its output, `<outputFolder>/<name>`. */
  readonly home: string
}

/** The build that a config and its overrides name. Another spec set gets a name, and so a folder, of its own. */
export async function locateBuild({ config, ...overrides }: BuildChoice): Promise<LocatedBuild> {
  return locateLoaded(await loadConfig(config), overrides)
}

/** As {@link locateBuild}, of a config that is read already. */
export function locateLoaded(
  { config, folder, describeProblems }: Omit<LoadedConfig, 'file'>,
  { specSet, name }: Omit<BuildChoice, 'config'>,
): LocatedBuild {
  const set = specSet ?? config.specSet
  const ownName = set === config.specSet ? config.name : `${config.name}-${set}`
  if (name !== undefined) checkName(name)
  const named = { ...config, specSet: set, name: name ?? ownName }
  return { config: named, folder, describeProblems, home: join(resolve(folder, config.outputFolder), named.name) }
}

/** The name becomes a folder, so what a config may not say, the command line may not say either. */
function checkName(name: string): void {
  const parsed = buildConfigSchema.shape.name.safeParse(name)
  if (parsed.success) return
  const [issue] = parsed.error.issues
  throw new UserError('usage', `--name: ${issue?.message ?? 'expected a name'}, got "${name}"`, {
    remedy: 'Use small letters, digits and hyphens, such as demo-2.',
  })
}
