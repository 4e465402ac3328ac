import type { ResolvedBuild } from '../build/resolve-build.ts'
import type { BuildResult, PhaseEnd } from '../build/run-build.ts'
import {
  describeBudget,
  describeEnd,
  describeError,
  describeResult,
  nothingBuilt,
  type BuildStatus,
  type EndFacts,
} from '../cli/build-status.ts'
import { exitCodes } from '../cli/exit-codes.ts'
import type { LocatedBuild } from '../cli/locate-build.ts'
import { openTelemetry, type OpenTelemetry } from '../cli/open-telemetry.ts'
import { openStatusFile } from '../cli/status-file.ts'
import { writeMetricsFile } from '../cli/write-metrics-file.ts'
import type { Caps } from '../models/budget.ts'
import type { RunEnd, RunSurroundings } from './run-to-status.ts'
import { runWithStore, type BuildRun, type RunSettings } from './run-with-store.ts'

/**
 * The part of a run that holds the lock, so that status.json is its own. An error is an end like others.
 * @throws UserError `output_folder` when the last status cannot be written.
 */
export async function buildUnderLock(
  located: LocatedBuild,
  open: () => Promise<ResolvedBuild>,
  settings: RunSettings,
  { me, log, interruption, env, onForcedExit }: RunSurroundings,
): Promise<RunEnd> {
  const { config, home } = located
  const { runId, pid, host, since: startedAt } = me
  const facts = { name: config.name, runId, pid, host, startedAt }
  const file = await openStatusFile(home, facts, log, () => performance.now())
  const run = { ...facts, previous: file.previous }
  if (file.previous?.status === 'killed') {
    const message = `The run before (${file.previous.runId}) was killed; what it had answered is used.`
    log.event('warn', 'previous_killed', { message, previous: file.previous })
  }
  onForcedExit?.(() => file.abandon(describeEnd(run, interrupted('given up; answers in flight may be lost'))))
  let telemetry: OpenTelemetry | null = null
  const onPhaseEnd = async (end: PhaseEnd): Promise<void> => {
    log.event('info', 'phase_end', describePhase(end))
    telemetry?.onPhaseEnd(end)
    await file.onPhaseEnd(end)
  }
  const conclude = async (end: EndFacts, error: unknown): Promise<RunEnd> => {
    const status = describeEnd(run, end)
    // Where the folder itself is the trouble no status can be written, and the first error is the one to tell.
    await file.end(status).catch((problem: unknown) => {
      if (error === null) throw problem
    })
    await writeMetricsFile(located, status, log)
    telemetry?.end(status)
    await telemetry?.close()
    return { status, error }
  }
  try {
    telemetry = await openTelemetry(config, runId, log, env)
    const resolved = await open()
    const ran = await runWithStore(resolved, settings, {
      interruption,
      env,
      log,
      startedAt,
      runId,
      watchers: {
        onProgress(progress) {
          log.update(progress)
          file.onProgress(progress)
        },
        onPhaseEnd,
        ...(telemetry === null ? {} : { onReply: telemetry.onReply }),
      },
    })
    return await conclude(describeRun(ran, resolved.config.budget, interruption.wasSignalled()), null)
  } catch (error) {
    return await conclude(describeError(error), error)
  }
}

function describeRun(
  { result, hopeless, budget, batches, retries }: BuildRun,
  caps: Caps,
  wasSignalled: boolean,
): EndFacts {
  const spent = { budget: describeBudget(caps, budget), batches, retries }
  if (result === 'interrupted')
    return { ...interrupted('stopped while reading the prompts; nothing was sent'), ...spent }
  const isWhole = result.status !== 'incomplete'
  return {
    ...describeResult(result, hopeless, wasSignalled),
    buildId: isWhole ? result.buildId : null,
    path: isWhole ? result.path : null,
    gates: describeGates(result.gates),
    counts: result.counts,
    quota: result.quota,
    requests: result.ledger.total(),
    ...spent,
  }
}

function interrupted(message: string): EndFacts {
  return { status: 'interrupted', exitCode: exitCodes.interrupted, message, details: [], ...nothingBuilt }
}

function describeGates(results: BuildResult['gates']): BuildStatus['gates'] {
  return results?.map(({ gate, status, summary, findings }) => ({ gate, status, summary, findings })) ?? null
}

function describePhase({ phase, durationMs, counts, ledger }: PhaseEnd): Record<string, unknown> {
  const { reused, unavailable, run } = ledger.total()
  return { phase, durationMs: Math.round(durationMs), counts, requests: { reused, unavailable, run } }
}
