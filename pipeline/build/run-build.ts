import { join } from 'node:path'
import type { AnswerStore } from '../answers/answer-store.ts'
import { createAttempts } from '../answers/attempts.ts'
import type { FoundCalibration } from '../calibrate/find-calibrations.ts'
import type { StandingDecisions } from '../decisions/standing-decisions.ts'
import type { ReplyObserver } from '../models/stored-model-port.ts'
import type { QuotaOutcome } from '../records/quota-outcome.ts'
import type { GateResult } from '../gates/gate-result.ts'
import { digestGateInputs } from '../gates/gate-state.ts'
import type { OpenRow } from '../stages/stage.ts'
import type { BuildCounts } from './build-counts.ts'
import { startPartialBuild } from './build-folder.ts'
import { digestInputs, findUnchangedBuild, fingerprint, markFingerprint } from './fingerprint.ts'
import type { PriceLookup } from '../models/price.ts'
import { createLedger, type Ledger } from './ledger.ts'
import type { ResolvedBuild } from './resolve-build.ts'
import type { Answering } from './run-in-waves.ts'

export type BuildDependencies = Answering & {
  readonly store: AnswerStore
  /** What auditors decided; it goes before what graders say. */
  readonly decisions: StandingDecisions
  /** How far the build's graders agreed with people; for the manifest and a gate, never for a shard. */
  readonly calibrations: readonly FoundCalibration[]
  /** Aborted: no new request, what is in flight is stored, and the build ends incomplete. */
  readonly drain: AbortSignal
  readonly priceOf: PriceLookup
  /** ISO 8601, UTC; for the store and the manifest, never for a shard. */
  readonly timestamp: () => string
  /** Milliseconds on a clock that only goes forward; for the times in the report, never for a row. */
  readonly now: () => number
  readonly onProgress: (progress: BuildProgress) => void
  /** Told of every answer and of every request that got none. */
  readonly onReply?: ReplyObserver
  /** Told when a phase is through; the next one waits for it. */
  readonly onPhaseEnd?: (end: PhaseEnd) => Promise<void>
  /** Also keep each stage's rows as Arrow IPC, in stages-<build id>/ beside the build. */
  readonly keepStages: boolean
  /** The strategy regrade-first: the build whose accepted answers are graded again before new ones are asked for. */
  readonly regrade: { readonly folder: string; readonly buildId: string } | null
  /** Compute everything anew, also when nothing that the build depends on has changed. */
  readonly recompute: boolean
  /** Told of an error that ends the run, before the answers in flight are waited for: send nothing more. */
  readonly giveUp?: (error: unknown) => void
}

/** Collect and screen; classify to select, which overlap; what is written. */
export type BuildPhase = 'collect' | 'answer' | 'write'

export type PhaseEnd = {
  readonly phase: BuildPhase
  readonly durationMs: number
  /** As they stand. */
  readonly counts: BuildCounts
  readonly ledger: Ledger
}

export type BuildProgress = {
  readonly phase: BuildPhase
  /** Prompts that are through, of all; null while they are being read. */
  readonly done: number
  readonly total: number | null
  readonly ledger: Ledger
}

/** How a run ended. Only `published` and `unchanged` move `latest`. */
export type BuildResult = {
  readonly counts: BuildCounts
  readonly ledger: Ledger
  /** What each gate says of the build; null where none was asked, as nothing changed or a row is open. */
  readonly gates: readonly GateResult[] | null
  /** What the config's quota got, so far where the run is not finished; null without one. */
  readonly quota: QuotaOutcome | null
} & (
  | { readonly status: 'published' | 'unchanged'; readonly buildId: string; readonly path: string }
  | {
      readonly status: 'held'
      readonly buildId: string
      readonly path: string
      readonly failedGates: readonly string[]
    }
  | { readonly status: 'incomplete'; readonly open: readonly OpenRow[] }
)

/**
 * Runs the whole pipeline. Every answer that arrives is in the store before it is used, so a run that ends in any way
 * can be run again and pays only for what is missing.
 * @throws UserError for input, store or disk problems; what was answered is kept.
 */
export async function runBuild(resolved: ResolvedBuild, dependencies: BuildDependencies): Promise<BuildResult> {
  const { config } = resolved
  const home = join(resolved.outputRoot, config.name)
  const { store, regrade, decisions } = dependencies
  const attempts = createAttempts(await store.listRetries())
  const state = {
    storeId: await store.identify(),
    decisions: decisions.digest,
    retries: attempts.digest,
    regrade: regrade?.buildId ?? null,
  }
  const inputs = await digestInputs(resolved, state)
  const { gates } = config
  const { folder } = resolved
  const now = dependencies.timestamp()
  const gateState = await digestGateInputs({ gates, folder, home, calibrations: dependencies.calibrations, now })
  const current = fingerprint(inputs, gateState)
  if (!dependencies.recompute && !dependencies.keepStages) {
    const unchanged = await findUnchangedBuild(home, current)
    if (unchanged !== null) {
      const { buildId, counts, quota } = unchanged
      const ledger = createLedger(() => null)
      return { status: 'unchanged', counts, ledger, quota, gates: null, buildId, path: join(home, buildId) }
    }
  }
  const partial = await startPartialBuild(home)
  try {
    // Here and not above: a build that stands already needs none of it.
    const { runStages } = await import('./run-stages.ts')
    const result = await runStages(resolved, dependencies, attempts, partial, inputs.files)
    if (result.status === 'published' || result.status === 'unchanged') {
      await markFingerprint(home, current, result.buildId, result.counts.decisions)
    }
    return result
  } finally {
    await partial.discard()
  }
}
