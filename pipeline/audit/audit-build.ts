import { realpath } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { UserError } from '../records/user-error.ts'
import type { SelectSettings } from '../stages/select/select-settings.ts'
import { badManifest, readAuditManifest, type AuditManifest } from './audit-manifest.ts'

export type RowFile = {
  readonly outcome: 'accepted' | 'rejected'
  /** Absolute. */
  readonly path: string
}

/** A build as the audit reads it: where its rows are, and what its config says about them. */
export type AuditBuild = {
  /** Absolute, without links: `latest` may move while it is read. */
  readonly folder: string
  readonly manifest: AuditManifest
  readonly files: readonly RowFile[]
  readonly format: string
  readonly thresholds: Thresholds
}

export type Thresholds = Omit<SelectSettings, 'mixture'>

/**
 * @throws UserError `manifest` when the folder is no build, or names files outside of itself; `hidden_rows` when its
 * format carries the conversation alone.
 */
export async function openAuditBuild(path: string): Promise<AuditBuild> {
  const manifest = await readAuditManifest(path)
  const folder = await realpath(path)
  const hidden = manifest.shards.find((shard) => !shard.path.endsWith('.parquet'))
  if (hidden !== undefined) {
    throw new UserError('hidden_rows', 'expected Parquet shards, whose rows have ids, got another format', {
      where: join(folder, hidden.path),
      remedy: 'Set `emit.format` to messages and build again under another name: that sends no request.',
    })
  }
  const toFile =
    (outcome: RowFile['outcome']) =>
    (shard: { readonly path: string }): RowFile => ({ outcome, path: resolveWithin(folder, shard.path) })
  return {
    folder,
    manifest,
    files: [...manifest.shards.map(toFile('accepted')), ...manifest.rejected.map(toFile('rejected'))],
    format: manifest.inputs.config.emit.format,
    thresholds: manifest.inputs.config.select,
  }
}

/** A manifest is a file like any other: whoever wrote it must not make us read elsewhere. */
function resolveWithin(folder: string, path: string): string {
  const resolved = resolve(folder, path)
  if (resolved.startsWith(folder + sep)) return resolved
  throw badManifest(folder, `the file ${path}`)
}
