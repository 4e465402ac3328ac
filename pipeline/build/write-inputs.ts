import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { stringify } from 'yaml'
import { z } from 'zod'
import type { Manifest } from './manifest.ts'
import type { ResolvedBuild } from './resolve-build.ts'

export const inputsFolder = 'inputs'
/** As a manifest lists it. */
export const inputsConfig = `${inputsFolder}/config.yaml`

const configSchema = z.record(z.string(), z.json())

const about = (buildId: string): string => `# What ${buildId} was made from: its config with every default filled in,
# the spec set and the templates beside it. Left out is what cannot change a row: keys, limits, prices, stores. The gates
# stand open, for the build has passed its own. Paths of prompts are as they were, relative to this file; manifest.json has
# their digests under inputs.files.
`

export type WrittenInputs = {
  readonly buildId: string
  /** As the manifest has it. */
  readonly config: Manifest['inputs']['config']
  /** Ids of the templates that the build used. */
  readonly templates: readonly string[]
}

/**
 * Writes what a build can be made from again below `inputs/`, as it was read: files on disk may have been edited since.
 * The bytes follow from the build's identity, so two runs that differ in what cannot change a row write the same.
 */
export async function writeInputs(
  folder: string,
  { config, specs, templates }: Pick<ResolvedBuild, 'config' | 'specs' | 'templates'>,
  inputs: WrittenInputs,
): Promise<void> {
  const specsFolder = findSpecsFolder(config.specSet)
  const rebuildable = {
    ...configSchema.parse(inputs.config),
    specsFolder,
    promptsFolder: 'prompts',
    gates: { minGradingCoverage: 0 },
    ...(config.quota === null ? {} : { quota: { ...config.quota, onShortfall: 'publish' } }),
  }
  const files = [
    ['config.yaml', about(inputs.buildId) + stringify(rebuildable, { lineWidth: 0, sortMapEntries: true })],
    ...[...specs.files].map(([name, text]) => [join(specsFolder, config.specSet, name), text]),
    ...inputs.templates.map((id) => [join('prompts', `${id}.md`), templates.get(id).text]),
  ] as const
  for (const [name = '', text = ''] of files) {
    const path = join(folder, inputsFolder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
}

/** A set may be named as `../elsewhere/set`; its copy stays below `inputs/specs` all the same. */
function findSpecsFolder(specSet: string): string {
  const steps = normalize(specSet)
    .split(/[/\\]/)
    .filter((part) => part === '..')
  return ['specs', ...steps.map((_, n) => `up${n + 1}`)].join('/')
}
