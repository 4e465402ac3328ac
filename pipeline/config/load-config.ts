import { resolve } from 'node:path'
import type { UserError } from '../records/user-error.ts'
import { buildConfigSchema, type BuildConfig, type BuildConfigInput } from './build-config.ts'
import { findConfigFlaws } from './config-flaws.ts'
import { checkValue, describeProblems, loadYaml, type ConfigProblem, type YamlKind } from './load-yaml.ts'

export type LoadedConfig = {
  readonly config: BuildConfig
  /** Absolute path of the config file. */
  readonly file: string
  /** Absolute folder that the config's paths are relative to. */
  readonly folder: string
  /** What is found wrong with it later, as one error that names file and line. */
  readonly describeProblems: (problems: readonly ConfigProblem[]) => UserError
}

const buildConfig: YamlKind = {
  code: 'config',
  what: 'build config',
  root: 'config',
  example: 'data/demo.yaml',
  help: 'See docs/configuration.md; editors check against docs/config.schema.json.',
  other: {
    key: 'verify',
    what: 'synthesis config',
    remedy: 'That is for `prompts synthesize`: see docs/synthesis.md.',
  },
}

/**
 * Reads and checks a build config. Every problem is reported at once, each with file, line and what to do.
 * @throws UserError `config`.
 */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  const loaded = await loadYaml(path, buildConfigSchema, buildConfig, findConfigFlaws)
  const { value: config, file, folder, locate } = loaded
  return { config, file, folder, describeProblems: (problems) => describeProblems(problems, buildConfig, locate) }
}

/**
 * Checks a build config that no file holds.
 * @param folder Its paths are relative to this.
 * @throws UserError `config`, with every problem at once.
 */
export function checkConfig(config: BuildConfigInput, folder: string): Omit<LoadedConfig, 'file'> {
  const checked = checkValue(config, buildConfigSchema, buildConfig, findConfigFlaws, () => 'config')
  return {
    config: checked,
    folder: resolve(folder),
    describeProblems: (problems) => describeProblems(problems, buildConfig, () => 'config'),
  }
}
