import { z } from 'zod'
import type { Manifest } from '../build/manifest.ts'
import { readManifest } from '../build/read-manifest.ts'
import { UserError } from '../records/user-error.ts'

/** One of the two builds: its manifest, and the parts of its config that the comparison reads. */
export type ComparedBuild = {
  readonly folder: string
  readonly manifest: Manifest
  readonly format: string
  /** What this build's requests for answers are made with. */
  readonly model: string | null
  readonly templateDigest: string | null
}

const configSchema = z.object({
  emit: z.object({ format: z.string() }),
  generate: z.object({ model: z.string(), template: z.string() }),
  models: z.record(z.string(), z.object({ model: z.string() })),
})

/** @throws UserError `manifest` when the folder is no build, `diff_format` when its rows have no prompt ids. */
export async function openComparedBuild(folder: string): Promise<ComparedBuild> {
  const manifest = await readManifest(folder)
  const config = configSchema.safeParse(manifest.inputs.config)
  if (!config.success) {
    throw new UserError('manifest', `expected the config of a build, got: ${z.prettifyError(config.error)}`, {
      where: `${folder}/manifest.json`,
      remedy: 'Name the folder of a build that this version made, or make it again.',
    })
  }
  const { emit, generate, models } = config.data
  const other = manifest.shards.find(({ path }) => !path.endsWith('.parquet'))
  if (other !== undefined) {
    throw new UserError('diff_format', `expected Parquet shards, whose rows name their prompts, got ${emit.format}`, {
      where: `${folder}/${other.path}`,
      remedy:
        'Set `emit.format` to messages and build again under another name: that sends no request, and can be compared.',
    })
  }
  return {
    folder,
    manifest,
    format: emit.format,
    model: models[generate.model]?.model ?? null,
    templateDigest: manifest.inputs.templates[generate.template] ?? null,
  }
}
