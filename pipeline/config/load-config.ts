import { resolve } from 'node:path'
import { buildConfigSchema, type BuildConfig, type BuildConfigInput } from './build-config.ts'
import { findConfigFlaws } from './config-flaws.ts'
import { checkValue, loadYaml, type YamlKind } from './load-yaml.ts'

export type LoadedConfig = {
  readonly config: BuildConfig
  /** Absolute path of the config file. */
  readonly file: string
  /** Absolute folder that the config's paths are relative to. */
  readonly folder: string
}

const buildConfig: YamlKind = {
  code: 'config',
  what: 'build config',
  root: 'config',
  example: 'data/demo.yaml',
  help: 'See docs/configuration.md; editors check against docs/config.schema.json.',
}

/**
 * Reads and checks a build config. Every problem is reported at once, each with file, line and what to do.
 * @throws UserError `config`.
 */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  const { value: config, file, folder } = await loadYaml(path, buildConfigSchema, buildConfig, findConfigFlaws)
  return { config, file, folder }
}

/**
 * Checks a build config that no file holds.
 * @param folder Its paths are relative to this.
 * @throws UserError `config`, with every problem at once.
 */
export function checkConfig(config: BuildConfigInput, folder: string): Omit<LoadedConfig, 'file'> {
  const checked = checkValue(config, buildConfigSchema, buildConfig, findConfigFlaws, () => 'config')
  return { config: checked, folder: resolve(folder) }
}
