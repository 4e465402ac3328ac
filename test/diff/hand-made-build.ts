import { tallyEffects } from '../../pipeline/decisions/decision-effects.ts'
import { findStandingDecisions } from '../../pipeline/decisions/standing-decisions.ts'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createCounter } from '../../pipeline/build/build-counts.ts'
import { writeJson } from '../../pipeline/build/build-folder.ts'
import { identifyConfig } from '../../pipeline/build/config-identity.ts'
import { currentManifestVersion, manifestSchema, type Manifest } from '../../pipeline/build/manifest.ts'
import {
  digestRows,
  rejectionKey,
  sampleKey,
  writeRejectedShards,
  writeSampleShards,
} from '../../pipeline/build/write-output.ts'
import { buildConfigSchema } from '../../pipeline/config/build-config.ts'
import type { Rejection } from '../../pipeline/records/rejection.ts'
import type { Sample } from '../../pipeline/records/sample.ts'
import { openShardWriter } from '../../pipeline/shards/writers.ts'
import { openSpool } from '../../pipeline/spool/spool.ts'

export type HandMadeBuild = {
  readonly samples?: Iterable<Sample>
  readonly rejections?: Iterable<Rejection>
  /** Keys of the config that replace the ordinary ones. */
  readonly config?: Readonly<Record<string, unknown>>
  readonly inputs?: Partial<Omit<Manifest['inputs'], 'config' | 'configDigest'>>
  readonly spend?: Partial<Manifest['cost']['build']>
}

/** What the rows of `row-makers.ts` say they were made under. */
export const handMadeDigests = { spec: 'spec-1', template: 'template-1', model: 'writer' } as const

/** A build of rows made by hand, written by the writers of real builds. */
export async function writeHandMadeBuild(folder: string, build: HandMadeBuild): Promise<Manifest> {
  await mkdir(folder, { recursive: true })
  const { config, digest: configDigest } = identifyConfig(parseConfig(build.config ?? {}))
  const { emit } = parseConfig(build.config ?? {})
  const spool = openSpool(join(folder, 'rows.spool'))
  const rows = { samples: spool.table<Sample>('samples'), rejections: spool.table<Rejection>('rejections') }
  const counter = createCounter(tallyEffects(findStandingDecisions([])))
  const prompts = new Set<string>()
  for (const sample of build.samples ?? []) {
    prompts.add(sample.promptId)
    rows.samples.append(sampleKey(sample), sample)
    counter.countAccepted(sample)
  }
  for (const rejection of build.rejections ?? []) {
    if (rejection.candidateId !== null && rejection.promptId !== null) prompts.add(rejection.promptId)
    rows.rejections.append(rejectionKey(rejection), rejection)
    counter.countRejection(rejection)
  }
  for (const _ of prompts) counter.countGradedPrompt(0)
  const digests = digestRows(rows)
  const writer = await openShardWriter(emit.writer)
  const shards = await writeSampleShards(folder, rows, digests, emit, writer)
  const rejected = await writeRejectedShards(folder, rows, digests, emit, writer)
  spool.close()
  const spend = {
    answers: 0,
    promptTokens: 0,
    completionTokens: 0,
    costUsd: 0,
    withoutUsage: 0,
    withoutPrice: 0,
    ...build.spend,
  }
  const manifest = manifestSchema.parse({
    manifestVersion: currentManifestVersion,
    name: 'hand-made',
    buildId: `b-${configDigest.slice(0, 8)}${digests.rejected.slice(0, 8)}`,
    createdAt: '2026-01-01T00:00:00.000Z',
    inputs: {
      config,
      configDigest,
      specSet: { name: 'set', digest: 'set-1', specs: { cyber: 'spec-1', fraud: 'spec-1', general: 'spec-1' } },
      templates: { 'generate/answer': handMadeDigests.template },
      stages: { select: 1 },
      graders: { safety: 1 },
      ...build.inputs,
    },
    counts: counter.read(),
    calibrations: {},
    categories: Object.fromEntries(digests.categories),
    shards: shards.flatMap((one) => one.shards),
    rejected,
    files: [],
    cost: { run: spend, build: spend, steps: {}, models: {}, categories: {}, perAcceptedUsd: null, prices: [] },
    versions: { node: '24' },
  })
  await writeJson(join(folder, 'manifest.json'), manifest)
  return manifest
}

function parseConfig(config: Readonly<Record<string, unknown>>) {
  return buildConfigSchema.parse({
    name: 'hand-made',
    sources: [{ name: 'seeds', path: 'prompts.jsonl', fields: { prompt: 'prompt' } }],
    models: { writer: { baseUrl: 'http://127.0.0.1:1/v1', model: handMadeDigests.model, apiKeyEnv: null } },
    generate: { model: 'writer' },
    grade: { panel: [{ judge: 'safety', model: 'writer' }] },
    ...config,
  })
}
