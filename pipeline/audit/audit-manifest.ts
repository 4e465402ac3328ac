import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { manifestSchema } from '../build/manifest.ts'
import { UserError } from '../records/user-error.ts'
import { selectSettingsSchema } from '../stages/select/select-settings.ts'

const { manifestVersion, name, buildId, createdAt, inputs, shards, rejected } = manifestSchema.shape

const auditManifestSchema = z.object({
  manifestVersion,
  name,
  buildId,
  createdAt,
  inputs: z.object({
    config: z.object({
      emit: z.object({ format: z.string() }),
      select: selectSettingsSchema.omit({ mixture: true }).strip(),
    }),
    specSet: inputs.shape.specSet,
    graders: inputs.shape.graders,
  }),
  shards,
  rejected,
})
/** The parts of a manifest that the audit reads; builds that lack what later versions add can be read, too. */
export type AuditManifest = Readonly<z.infer<typeof auditManifestSchema>>

/** @throws UserError `manifest` when the folder has none that can be read. */
export async function readAuditManifest(folder: string): Promise<AuditManifest> {
  try {
    return auditManifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')))
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
    throw badManifest(folder, problem, error)
  }
}

export function badManifest(folder: string, got: string, cause?: unknown): UserError {
  return new UserError('manifest', `expected the manifest of a build, with files inside its folder, got: ${got}`, {
    where: join(folder, 'manifest.json'),
    remedy: 'Name the folder of a build that this version made, such as data/builds/demo/latest, or make it again.',
    cause,
  })
}
