import { resolve } from 'node:path'
import { loadYaml, type LoadedYaml, type YamlKind } from '../config/load-yaml.ts'
import type { Example } from './example.ts'
import { findLabelsFlaws, labelsConfigSchema, type LabelsConfig } from './labels-config.ts'
import { readExamples } from './read-examples.ts'

export const labelsFile: YamlKind = {
  code: 'labels',
  what: 'labels file',
  root: 'labels file',
  example: 'docs/examples/refusal-labels.yaml',
  help: 'See docs/calibration.md.',
}

export type LoadedLabels = {
  readonly config: LabelsConfig
  readonly examples: readonly Example[]
  readonly locate: LoadedYaml<LabelsConfig>['locate']
}

/**
 * Reads a labels file and its examples.
 * @param path of the examples, instead of the file's own; relative to the working directory.
 * @throws UserError `labels` for the file; `bad_row` and those of the importers for the examples.
 */
export async function loadLabels(file: string, path?: string): Promise<LoadedLabels> {
  const { value, folder, locate } = await loadYaml(file, labelsConfigSchema, labelsFile, findLabelsFlaws)
  const config = path === undefined ? value : { ...value, path: resolve(path) }
  return { config, examples: await readExamples(config, folder), locate }
}
