import { join } from 'node:path'
import type { Argv } from 'yargs'
import type { DecisionStore } from '../answers/decision-store.ts'
import type { FoundBuild } from '../build/find-builds.ts'
import { readManifest } from '../build/read-manifest.ts'
import type { Manifest } from '../build/manifest.ts'
import { readWholeBuild } from '../build/read-whole-build.ts'
import { resolveBuild, type ResolvedBuild } from '../build/resolve-build.ts'
import { loadConfig } from '../config/load-config.ts'
import { readDecisionLines } from '../decisions/decision-lines.ts'
import { openDecisionStore } from './open-store.ts'

export type StoreArguments = { config: string }
export type TargetArguments = StoreArguments & { build: string | undefined }

/** The option that every command about decisions takes. */
export function takeStore(yargs: Argv): Argv<StoreArguments> {
  return yargs.option('config', {
    alias: 'c',
    type: 'string',
    demandOption: true,
    describe: 'The build config; names the store',
  })
}

export function takeTarget(yargs: Argv): Argv<TargetArguments> {
  return takeStore(yargs).option('build', {
    type: 'string',
    describe: 'A build folder; default: the latest of the config',
  })
}

export type AuditedBuild = FoundBuild & { readonly manifest: Manifest }

export type OpenedDecisions = { readonly resolved: ResolvedBuild; readonly decisions: DecisionStore }

export type AuditTarget = OpenedDecisions & {
  /** Null when there is none yet. */
  readonly build: AuditedBuild | null
}

/**
 * Opens the decisions of a config's store, with those of the config's files.
 * @throws UserError `decisions`, `answer_store`.
 */
export async function openStore({ config: path }: StoreArguments): Promise<OpenedDecisions> {
  const { config, folder, describeProblems } = await loadConfig(path)
  const resolved = await resolveBuild(config, folder, describeProblems)
  const decisions = await openDecisionStore(resolved.storePath)
  try {
    for (const file of resolved.decisionFiles) await decisions.add(await readDecisionLines(file))
  } catch (error) {
    await decisions.close()
    throw error
  }
  return { resolved, decisions }
}

/**
 * The same, and the build to look at.
 * @throws UserError `manifest` when a named folder is no build.
 */
export async function openTarget({ build, ...store }: TargetArguments): Promise<AuditTarget> {
  const named = build === undefined ? null : await readManifest(build)
  const opened = await openStore(store)
  const latest = join(opened.resolved.outputRoot, opened.resolved.config.name, 'latest')
  const manifest = named ?? (await readWholeBuild(latest))
  return {
    ...opened,
    build: manifest === null ? null : { folder: build ?? latest, files: manifest, manifest },
  }
}
