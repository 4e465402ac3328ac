import { join } from 'node:path'
import type { Attempts } from '../answers/attempts.ts'
import { tallyEffects } from '../decisions/decision-effects.ts'
import { defaultRowsInFlight } from '../config/model-config.ts'
import { createPromptPool } from '../quota/prompt-pool.ts'
import { createStoredModelPort, type ReplyObserver } from '../models/stored-model-port.ts'
import type { GradedPrompt, RegradedPrompt } from '../records/grading.ts'
import type { QuotaOutcome } from '../records/quota-outcome.ts'
import type { Rejection } from '../records/rejection.ts'
import type { Sample } from '../records/sample.ts'
import type { Prompt } from '../records/prompt.ts'
import { trainerFormats } from '../shards/trainer-formats.ts'
import { openShardWriter } from '../shards/writers.ts'
import { evaluateGates } from '../gates/evaluate-gates.ts'
import { describeRun } from '../gates/gate-subject.ts'
import { openSpool } from '../spool/spool.ts'
import { stages } from '../stages/index.ts'
import { concat, tap, toAsync, untilAborted } from '../stages/row-streams.ts'
import type { PreferencePair } from '../records/preference-pair.ts'
import type { Selected } from '../stages/select/select.ts'
import type { OpenRow } from '../stages/stage.ts'
import { openTokenCounter } from '../tokens/open-token-counter.ts'
import { createCounter, findImbalances } from './build-counts.ts'
import { lookAhead } from './look-ahead.ts'
import type { PartialBuild } from './build-folder.ts'
import { collectPrompts } from './collect-prompts.ts'
import { completeBuild, identify, type Phases } from './complete-build.ts'
import type { BuildInputs } from './fingerprint.ts'
import { openRegrading } from './open-regrading.ts'
import { fillQuota } from './fill-quota.ts'
import { createRowTally } from '../report/tally-rows.ts'
import { createLedger } from './ledger.ts'
import { describeSettings } from './report-settings.ts'
import type { ResolvedBuild } from './resolve-build.ts'
import { createSelectContext } from './select-context.ts'
import { createStageKeeper } from './stage-keeper.ts'
import { rejectionKey, sampleKey, type BuildRows } from './write-output.ts'
import { collectPairs } from './write-preferences.ts'
import { numberItems } from './number-items.ts'
import type { BuildDependencies, BuildPhase, BuildResult } from './run-build.ts'

/** So many open rows are named in a result; all are counted. */
const namedOpenRows = 20

/**
 * The stages of a build, from its prompts to its folder.
 * @param promptFiles The digests of the input files, as they were when the run began.
 * @throws UserError as `runBuild`.
 */
export async function runStages(
  resolved: ResolvedBuild,
  dependencies: BuildDependencies,
  attempts: Attempts,
  partial: PartialBuild,
  promptFiles: BuildInputs['files'],
): Promise<BuildResult> {
  const { config, specs, templates } = resolved
  const { store, executor, drain, priceOf, timestamp, onProgress, decisions, calibrations, now } = dependencies
  const startedMs = now()
  const format = trainerFormats[config.emit.format]
  // Before anything is sent: a tokenizer that cannot be read should cost nothing.
  const tokenCounter =
    config.emit.tokenizer === null ? null : await openTokenCounter(config.emit.tokenizer, format, resolved.folder)
  // What is first used after hours is loaded now all the same: by then its files may be those of another version.
  const writer = await openShardWriter(config.emit.writer)
  for (const rule of resolved.grade.rules) rule.load?.()
  await dependencies.prepare?.()
  const counter = createCounter(tallyEffects(decisions))
  const tally = createRowTally(describeSettings(resolved))
  const ledger = createLedger(priceOf)
  const spool = openSpool(partial.spoolPath)
  const keeper = createStageKeeper(dependencies.keepStages ? spool : null)
  const open: OpenRow[] = []
  const rows: BuildRows = { samples: spool.table<Sample>('samples'), rejections: spool.table<Rejection>('rejections') }
  const reject = (rejection: Rejection): void => {
    counter.countRejection(rejection)
    tally.addRejection(rejection)
    rows.rejections.append(rejectionKey(rejection), rejection)
  }
  let [done, total] = [0, 0]
  const report = (): void => onProgress({ phase: 'answer', done, total, ledger })
  const observe: ReplyObserver = (...reply) => {
    ledger.record(...reply)
    dependencies.onReply?.(...reply)
    report()
  }
  const endPhase = async (phase: BuildPhase, durationMs: number): Promise<void> =>
    await dependencies.onPhaseEnd?.({ phase, durationMs, counts: counter.read(), ledger })
  const { isBoughtNow } = dependencies
  const models = createStoredModelPort({
    store,
    executor,
    observe,
    timestamp,
    attempts,
    ...(isBoughtNow === undefined ? {} : { isBoughtNow }),
  })
  const stall = lookAhead(models, dependencies.lookAhead ?? 'none')
  try {
    const prompts = spool.table<Prompt>('prompts')
    const pool =
      resolved.quota === null ? null : createPromptPool({ rules: resolved.quota, seed: config.seed, table: prompts })
    const add = pool?.add ?? numberItems(prompts).append
    const observer = { onRow: counter.countRow, onPrompt: counter.countPrompt, onReject: reject }
    for await (const prompt of collectPrompts(resolved, observer, spool, drain)) {
      add(prompt)
      if (prompts.count() % 1000 === 0) onProgress({ phase: 'collect', done: prompts.count(), total: null, ledger })
    }

    total = pool === null ? prompts.count() : 0
    const collectedMs = now()
    await endPhase('collect', collectedMs - startedMs)
    const advance = (): void => {
      done += 1
      report()
    }
    report()
    const context = {
      models,
      specs,
      templates,
      reject(rejection: Rejection) {
        reject(rejection)
        advance()
      },
      leaveOpen(row: OpenRow) {
        counter.countOpenPrompt()
        if (open.length < namedOpenRows) open.push(row)
        report()
      },
      takesPartialPrompts: false,
      rowsInFlight: config.rowsInFlight ?? defaultRowsInFlight(config.models),
    }
    const regrade = await openRegrading(resolved, {
      regrade: dependencies.regrade,
      store,
      spool,
      findStanding: decisions.find,
      ...stall,
    })
    const answer = (rows: AsyncIterable<Prompt>, again: AsyncIterable<RegradedPrompt>): AsyncIterable<GradedPrompt> => {
      const classified = stages.classify.run(untilDrained(rows), resolved.classifyRole, context)
      const regraded = regrade(keeper.keep('classify', classified), context)
      const generated = stages.generate.run(concat(regraded, untilDrained(again)), resolved.generate, context)
      const graded = stages.grade.run(keeper.keep('generate', generated), { ...resolved.grade, ...stall }, context)
      return tap(keeper.keep('grade', graded), advance)
    }
    // Those of which all answers are there would go on to the last one.
    const untilDrained = <T>(rows: AsyncIterable<T>): AsyncIterable<T> =>
      untilAborted(rows, drain, counter.countOpenPrompt)
    const countPrompt = (row: GradedPrompt): void => counter.countGradedPrompt(row.candidates.length)
    const selectContext = createSelectContext(resolved, decisions, reject, tokenCounter)
    const winners = spool.table<Selected>('winners')
    let quota: QuotaOutcome | null = null
    let selected: AsyncIterable<Selected>
    if (resolved.quota === null || pool === null) {
      const graded = answer(toAsync(prompts.read()), toAsync([]))
      selected = stages.select.run(tap(graded, countPrompt), { ...selectContext, winners })
    } else {
      const filled = await fillQuota({
        rules: resolved.quota,
        candidates: config.generate.candidates,
        seed: config.seed,
        pool,
        spool,
        answer,
        isOpen: () => counter.read().openPrompts > 0,
        onRound: (draws) => {
          total += draws.prompts + draws.again
          report()
        },
        select: selectContext,
        onPrompt: countPrompt,
      })
      quota = filled.outcome
      selected = toAsync(filled.selected)
    }
    const { validationShare } = config.emit
    const emitted = stages.emit.run(keeper.keep('select', selected), {
      validationShare,
      seed: config.seed,
    })
    for await (const sample of emitted) {
      counter.countAccepted(sample)
      tally.addSample(sample)
      rows.samples.append(sampleKey(sample), sample)
    }

    const counts = counter.read()
    // A quota decides over its prompts when its rounds are over; before that there is nothing that could balance.
    if (quota !== null && counts.openPrompts > 0) {
      return { status: 'incomplete', counts, ledger, quota, gates: null, open }
    }
    const imbalances = findImbalances(counts)
    if (imbalances.length > 0) throw new Error(`the counts do not balance: ${imbalances.join('; ')}`)
    const answeredMs = now()
    await endPhase('answer', answeredMs - collectedMs)
    if (counts.openPrompts > 0) return { status: 'incomplete', counts, ledger, quota, gates: null, open }

    onProgress({ phase: 'write', done: 0, total: counts.accepted, ledger })
    const identity = await identify(resolved, rows, promptFiles)
    const { buildId } = identity
    const gates = await evaluateGates({
      gates: config.gates,
      config,
      folder: resolved.folder,
      home: join(resolved.outputRoot, config.name),
      subject: describeRun(buildId, counts, rows, quota),
      calibrations,
      now: timestamp(),
      spool,
    })
    const failedGates = gates.failures
    const facts = { counts, ledger, quota, gates: gates.results }
    await keeper.write(join(resolved.outputRoot, config.name, `stages-${buildId}`))
    if (failedGates.length === 0 && (await partial.isPublished(buildId))) {
      return { status: 'unchanged', ...facts, buildId, path: await partial.publish(buildId) }
    }
    const measurePhases = (): Phases => ({
      collectMs: collectedMs - startedMs,
      answerMs: answeredMs - collectedMs,
      writeMs: now() - answeredMs,
    })
    await completeBuild({
      resolved,
      identity,
      rows,
      preference: collectPairs(resolved, rows, tokenCounter, spool.table<PreferencePair>('pairs')),
      facts: tally.read(),
      counts,
      quota,
      gates,
      calibrations,
      promptFiles,
      ledger,
      folder: partial.path,
      writer,
      timestamp,
      measurePhases,
    })
    await endPhase('write', now() - answeredMs)
    if (failedGates.length > 0) {
      return { status: 'held', ...facts, buildId, failedGates, path: await partial.hold(buildId) }
    }
    return { status: 'published', ...facts, buildId, path: await partial.publish(buildId) }
  } catch (error) {
    dependencies.giveUp?.(error)
    throw error
  } finally {
    await models.settle()
    spool.close()
  }
}
