import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { FoundCalibration } from '../calibrate/find-calibrations.ts'
import type { GatesOutcome } from '../gates/evaluate-gates.ts'
import { writeGates } from '../gates/write-gates.ts'
import { renderDataCard } from '../shards/data-card.ts'
import type { ShardWriter } from '../shards/shard-writer.ts'
import type { QuotaOutcome } from '../records/quota-outcome.ts'
import type { Report, RowFacts } from '../report/report-data.ts'
import { stages } from '../stages/index.ts'
import { writeJson } from './build-folder.ts'
import type { BuildCounts } from './build-counts.ts'
import { listPrices } from '../config/price-table.ts'
import { identifyConfig } from './config-identity.ts'
import { describeCalibrations } from './describe-calibrations.ts'
import { digestFile, digestSources } from './digest-file.ts'
import { describeBuild } from './describe-build.ts'
import type { Ledger } from './ledger.ts'
import { currentManifestVersion, manifestSchema, type Manifest } from './manifest.ts'
import type { ResolvedBuild } from './resolve-build.ts'
import {
  digestRows,
  identifyBuild,
  type RowDigests,
  writeArrowFiles,
  writeRejectedShards,
  writeSampleShards,
  type BuildRows,
} from './write-output.ts'
import { writeInputs } from './write-inputs.ts'
import { writePreferenceShards, type PreferenceRows } from './write-preferences.ts'
import { writeReport } from './write-report.ts'
import { pickTokenizerFiles, type BuildInputs } from './fingerprint.ts'

export type CompleteBuildOptions = {
  readonly resolved: ResolvedBuild
  readonly identity: BuildIdentity
  readonly rows: BuildRows
  /** Null where no pairs are asked for. */
  readonly preference: PreferenceRows | null
  readonly facts: RowFacts
  readonly counts: BuildCounts
  readonly quota: QuotaOutcome | null
  /** Without failures for a build that will be published. */
  readonly gates: GatesOutcome
  readonly calibrations: readonly FoundCalibration[]
  /** `<source>: <file>` to SHA-256. */
  readonly promptFiles: Readonly<Record<string, string>>
  readonly ledger: Ledger
  readonly folder: string
  readonly writer: ShardWriter
  readonly timestamp: () => string
  /** How long this run took so far. */
  readonly measurePhases: () => Phases
}

export type Phases = Report['run']['phases']

/** What a build is, before a file of it is written: equal identities mean equal rows from equal inputs. */
export type BuildIdentity = {
  readonly buildId: string
  readonly digests: RowDigests
  readonly inputs: Omit<Manifest['inputs'], 'files'>
}

/**
 * The identity of a build, from its inputs and its rows.
 * @param files The digests of input files as they were when the run began, which may have been edited since.
 */
export async function identify(
  resolved: ResolvedBuild,
  rows: BuildRows,
  files: BuildInputs['files'],
): Promise<BuildIdentity> {
  const { config, specs } = resolved
  const identity = identifyConfig(config)
  const templates = usedTemplates(resolved)
  const graders = usedGraders(resolved)
  const stageVersions = Object.fromEntries(Object.values(stages).map(({ name, version }) => [name, version]))
  const digests = digestRows(rows)
  // How rows are rendered and written: an edited trainer format makes another build of the same rows.
  // The sources are read, also where JavaScript made of them runs: both make the same build.
  const rendering = await digestSources(join(import.meta.dirname, '../../pipeline/shards'))
  const tokenizer = pickTokenizerFiles(files)
  const counting = Object.keys(tokenizer).length === 0 ? [] : [JSON.stringify(tokenizer)]
  const versions = JSON.stringify([templates, graders, stageVersions])
  const inputs = [identity.digest, specs.digest, versions, rendering, ...counting]
  return {
    buildId: identifyBuild(inputs, digests),
    digests,
    inputs: {
      config: identity.config,
      configDigest: identity.digest,
      specSet: {
        name: specs.name,
        digest: specs.digest,
        specs: Object.fromEntries([...specs.specs.keys()].map((id) => [id, specs.forCategory(id).digest])),
      },
      templates,
      stages: stageVersions,
      graders,
    },
  }
}

/** Writes every file of a build into its partial folder, the manifest last. */
export async function completeBuild(options: CompleteBuildOptions): Promise<void> {
  const { resolved, identity, rows, facts, counts, quota, gates, calibrations, ledger, folder, writer } = options
  const { config } = resolved
  const { buildId, digests, inputs } = identity
  const createdAt = options.timestamp()
  const splitShards = await writeSampleShards(folder, rows, digests, config.emit, writer)
  const rejected = await writeRejectedShards(folder, rows, digests, config.emit, writer)
  const preference = options.preference && (await writePreferenceShards(folder, options.preference, config, writer))
  if (config.emit.arrow) await writeArrowFiles(folder, rows, digests, config.emit)
  await writeInputs(folder, resolved, { buildId, config: inputs.config, templates: Object.keys(inputs.templates) })
  await writeFile(
    join(folder, 'README.md'),
    renderDataCard(describeBuild(config, counts, quota, splitShards, rows, preference)),
  )
  await writeGates(folder, buildId, gates)
  const phases = options.measurePhases()
  const failedGates = gates.failures
  await writeReport(folder, {
    resolved,
    buildId,
    createdAt,
    counts,
    quota,
    facts,
    failedGates,
    phases,
    ledger,
    calibrations,
  })

  const shards = splitShards.flatMap((one) => one.shards)
  const listed = new Set([...shards, ...rejected, ...(preference?.manifest.shards ?? [])].map((shard) => shard.path))
  const manifest: Manifest = manifestSchema.parse({
    manifestVersion: currentManifestVersion,
    name: config.name,
    buildId,
    createdAt,
    inputs: { ...inputs, files: options.promptFiles },
    counts,
    quota,
    calibrations: describeCalibrations(calibrations),
    categories: Object.fromEntries(digests.categories),
    shards,
    rejected,
    preference: preference?.manifest ?? null,
    files: await listOtherFiles(folder, listed),
    cost: {
      run: ledger.total().run,
      build: ledger.total().build,
      steps: toSpends(ledger.bySteps()),
      models: toSpends(ledger.byModels()),
      categories: toSpends(ledger.byCategories()),
      perAcceptedUsd: counts.accepted === 0 ? null : ledger.total().build.costUsd / counts.accepted,
      prices: listPrices(config),
    },
    versions: await libraryVersions(),
  })
  await writeJson(join(folder, 'manifest.json'), manifest)
}

function toSpends(totals: ReturnType<Ledger['bySteps']>): Manifest['cost']['steps'] {
  return Object.fromEntries([...totals].map(([name, { run, build }]) => [name, { run, build }]))
}

function usedTemplates({ templates, config, grade }: ResolvedBuild): Record<string, string> {
  const ids = [
    ...(config.classify === null ? [] : ['classify/category-intent']),
    config.generate.template,
    ...grade.panel.map(({ judge }) => judge.template),
    'repair/form',
  ]
  return Object.fromEntries([...new Set(ids)].map((id) => [id, templates.get(id).digest]))
}

function usedGraders({ grade }: ResolvedBuild): Record<string, number> {
  return Object.fromEntries(
    [...grade.rules, ...grade.panel.map(({ judge }) => judge)].map(({ name, version }) => [name, version]),
  )
}

async function listOtherFiles(folder: string, listed: ReadonlySet<string>): Promise<Manifest['files']> {
  const files: Manifest['files'] = []
  for (const name of (await readdir(folder, { recursive: true })).toSorted()) {
    const path = name.replaceAll('\\', '/')
    const { size, isFile } = await stat(join(folder, name)).then((one) => ({ size: one.size, isFile: one.isFile() }))
    if (!isFile || listed.has(path)) continue
    files.push({ path, bytes: size, sha256: await digestFile(join(folder, name)) })
  }
  return files
}

const packageSchema = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()) })

async function libraryVersions(): Promise<Record<string, string>> {
  const { default: packageJson } = await import('../../package.json', { with: { type: 'json' } })
  const { version, dependencies } = packageSchema.parse(packageJson)
  return { 'safe-completions': version, node: process.versions.node, ...dependencies }
}
