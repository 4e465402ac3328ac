import { join } from 'node:path'
import type { Argv } from 'yargs'
import { openSqliteDecisions } from '../answers/sqlite-decisions.ts'
import type { DecisionStore } from '../answers/decision-store.ts'
import type { FoundBuild } from '../build/find-builds.ts'
import { readManifest } from '../build/read-manifest.ts'
import type { Manifest } from '../build/manifest.ts'
import { readWholeBuild } from '../build/read-whole-build.ts'
import { resolveBuild, type ResolvedBuild } from '../build/resolve-build.ts'
import { loadConfig } from '../config/load-config.ts'
import { readDecisionLines } from '../decisions/decision-lines.ts'

export type TargetArguments = { config: string; build: string | undefined }

/** The options that every command about decisions takes. */
export function takeTarget(yargs: Argv): Argv<TargetArguments> {
  return yargs
    .option('config', {
      alias: 'c',
      type: 'string',
      demandOption: true,
      describe: 'The build config; names the store',
    })
    .option('build', { type: 'string', describe: 'A build folder; default: the latest of the config' })
}

export type AuditedBuild = FoundBuild & { readonly manifest: Manifest }

export type AuditTarget = {
  readonly resolved: ResolvedBuild
  readonly decisions: DecisionStore
  /** Null when there is none yet. */
  readonly build: AuditedBuild | null
}

/**
 * Opens the decisions of a config's store, with those of the config's files, and the build to look at.
 * @throws UserError `manifest` when a named folder is no build.
 */
export async function openTarget({ config: path, build }: TargetArguments): Promise<AuditTarget> {
  const { config, folder } = await loadConfig(path)
  const resolved = await resolveBuild(config, folder)
  const latest = join(resolved.outputRoot, config.name, 'latest')
  const manifest = build === undefined ? await readWholeBuild(latest) : await readManifest(build)
  const decisions = openSqliteDecisions(resolved.storePath)
  try {
    for (const file of resolved.decisionFiles) await decisions.add(await readDecisionLines(file))
  } catch (error) {
    await decisions.close()
    throw error
  }
  return {
    resolved,
    decisions,
    build: manifest === null ? null : { folder: build ?? latest, files: manifest, manifest },
  }
}
