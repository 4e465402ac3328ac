import type { Manifest } from '../build/manifest.ts'
import { openScratchSpool } from '../build/scratch-spool.ts'
import type { Spool } from '../spool/spool.ts'
import { comparePrompt } from './compare-prompt.ts'
import { openComparedBuild } from './compared-build.ts'
import { createChangeCounter, type CauseCount, type ChangeCounts, type ClauseCount } from './count-changes.ts'
import { diffInputs, type InputDifferences } from './diff-inputs.ts'
import { diffRejections, type RejectionDifference } from './diff-rejections.ts'
import { findCauses, type BuildPair } from './find-causes.ts'
import { createGroups, type Groups } from './groups.ts'
import { createTopMovers, describeChange, type ChangedPrompt } from './movers.ts'
import { joinOutcomes, spoolRows, type OutcomeRow } from './read-outcomes.ts'

type BuildName = {
  readonly folder: string
  readonly name: string
  readonly buildId: string
  readonly createdAt: string
}
type Spend = Manifest['cost']['build']

/** What changed between two builds; plain data, as `diff --json` prints it. */
export type BuildDiff = Groups & {
  readonly diffVersion: 1
  readonly a: BuildName
  readonly b: BuildName
  readonly inputs: InputDifferences
  /** Prompts that one of the builds knows; each stands in exactly one count of `changes`. */
  readonly prompts: number
  readonly changes: ChangeCounts
  readonly causes: readonly CauseCount[]
  readonly rejections: readonly RejectionDifference[]
  readonly clauses: readonly ClauseCount[]
  /** What the answers behind each build cost, whichever run paid for them. */
  readonly cost: { readonly a: Spend; readonly b: Spend }
  readonly movers: readonly ChangedPrompt[]
}

export type DiffOptions = {
  /** Movers to keep. */
  readonly top: number
  /** Called with every prompt that came out otherwise, in order of id; waited for. */
  readonly onChange: (changed: ChangedPrompt) => Promise<void> | void
}

/**
 * Compares two builds prompt by prompt. Memory does not grow with the rows: both sides wait on disk, in a temporary
 * folder of about the size of their texts, and are joined in order of prompt id.
 * @throws UserError `manifest`, `diff_format`, `diff_rows`, `parquet_missing`, `parquet_unreadable`, `output_folder`.
 */
export async function diffBuilds(folderA: string, folderB: string, options: DiffOptions): Promise<BuildDiff> {
  const builds = { a: await openComparedBuild(folderA), b: await openComparedBuild(folderB) }
  await using spool = await openScratchSpool()
  return await diffInto(spool, builds, options)
}

async function diffInto(spool: Spool, builds: BuildPair, { top, onChange }: DiffOptions): Promise<BuildDiff> {
  const tables = { a: spool.table<OutcomeRow>('before'), b: spool.table<OutcomeRow>('after') }
  await spoolRows(builds.a, tables.a)
  await spoolRows(builds.b, tables.b)
  const [a, b] = [builds.a.manifest, builds.b.manifest]
  const counter = createChangeCounter()
  const groups = createGroups(new Set([...Object.keys(a.inputs.specSet.specs), ...Object.keys(b.inputs.specSet.specs)]))
  const movers = createTopMovers(top)
  for (const pair of joinOutcomes(tables.a, tables.b)) {
    const change = comparePrompt(pair)
    counter.count(change)
    counter.countClauses(pair)
    groups.add(pair)
    if (change.kind === 'unchanged' || (change.kind === 'unaccepted' && change.isSame)) continue
    const causes = findCauses(pair, builds)
    counter.countCauses(change, causes)
    const changed = describeChange(pair, change, causes)
    movers.offer(changed)
    await onChange(changed)
  }
  const read = groups.read()
  return {
    diffVersion: 1,
    a: nameBuild(builds.a.folder, a),
    b: nameBuild(builds.b.folder, b),
    inputs: diffInputs(a, b),
    prompts: read.overall.prompts,
    changes: counter.readChanges(),
    causes: counter.readCauses(),
    ...read,
    rejections: diffRejections(a.counts, b.counts),
    clauses: counter.readClauses(),
    cost: { a: a.cost.build, b: b.cost.build },
    movers: movers.read(),
  }
}

function nameBuild(folder: string, { name, buildId, createdAt }: Manifest): BuildName {
  return { folder, name, buildId, createdAt }
}
