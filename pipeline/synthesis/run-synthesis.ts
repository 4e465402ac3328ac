import { join } from 'node:path'
import type { AnswerStore } from '../answers/answer-store.ts'
import { startPartialBuild, writeJson, type PartialBuild } from '../build/build-folder.ts'
import { digestInputFiles } from '../build/digest-input-files.ts'
import { createLedger, type Ledger } from '../build/ledger.ts'
import type { BuildProgress } from '../build/run-build.ts'
import type { Answering } from '../build/run-in-waves.ts'
import { defaultRowsInFlight } from '../config/model-config.ts'
import type { PriceLookup } from '../models/price.ts'
import { createStoredModelPort } from '../models/stored-model-port.ts'
import { openSpool, type Spool } from '../spool/spool.ts'
import { mapRows } from '../stages/map-rows.ts'
import { toAsync, untilAborted } from '../stages/row-streams.ts'
import { completeFamily } from './complete-families.ts'
import { countSlots, listFamilies } from './family-plan.ts'
import type { ResolvedSynthesis } from './load-synthesis.ts'
import { createFamilyMaker } from './make-family.ts'
import { screenMade } from './screen-made.ts'
import {
  createSynthesisCounter,
  findSlotImbalance,
  type SynthesisCounter,
  type SynthesisCounts,
} from './synthesis-counts.ts'
import { describeSet, isWholeSet, synthesisManifestName } from './synthesis-manifest.ts'
import type { Made, OpenSlot, Outcome } from './verify-draft.ts'
import { writeSet } from './write-set.ts'

export type SynthesisDependencies = Answering & {
  readonly store: AnswerStore
  readonly priceOf: PriceLookup
  /** ISO 8601, UTC; for the store, never for a line. */
  readonly timestamp: () => string
  readonly onProgress: (progress: BuildProgress) => void
  /** Once aborted, families that were not begun are left open. */
  readonly drain: AbortSignal
  /** Told of an error that ends the run, before the answers in flight are waited for: send nothing more. */
  readonly giveUp?: (error: unknown) => void
}

/** How a run ended. Only `published` and `unchanged` move `latest`. */
export type SynthesisResult = { readonly counts: SynthesisCounts; readonly ledger: Ledger } & (
  | { readonly status: 'published' | 'unchanged' | 'held'; readonly setId: string; readonly path: string }
  | { readonly status: 'incomplete'; readonly open: readonly OpenSlot[] }
)

/** So many open slots are named in a result; all are counted. */
const namedOpenSlots = 20

/**
 * Makes a set of prompts: a pure function of topics, specs, templates, config and answers. Every answer that arrives is in
 * the store before it is used, so a run that ends in any way can be run again and pays only for what is missing.
 * @throws UserError for input, store or disk problems; what was answered is kept.
 */
export async function runSynthesis(
  resolved: ResolvedSynthesis,
  dependencies: SynthesisDependencies,
): Promise<SynthesisResult> {
  const partial = await startPartialBuild(join(resolved.outputRoot, resolved.config.name), isWholeSet)
  const spool = openSpool(partial.spoolPath)
  try {
    return await runInto(resolved, dependencies, partial, spool)
  } finally {
    spool.close()
    await partial.discard()
  }
}

async function runInto(
  resolved: ResolvedSynthesis,
  dependencies: SynthesisDependencies,
  partial: PartialBuild,
  spool: Spool,
): Promise<SynthesisResult> {
  const { config, topics } = resolved
  const { onProgress } = dependencies
  await dependencies.prepare?.()
  const ledger = createLedger(dependencies.priceOf)
  const families = topics.length * config.familiesPerTopic
  const slots = families * countSlots(config)
  const counter = createSynthesisCounter({ topics: topics.length, slots })
  const made = spool.table<Made>('made')
  const outcomes = spool.table<Outcome>('outcomes')
  const open = await makeAll(resolved, dependencies, { ledger, slots, counter, made, outcomes })
  if (counter.read().open > 0) {
    // What is there so far, before the screen.
    for (const outcome of made.read()) counter.count(outcome)
    for (const outcome of outcomes.read()) counter.count(outcome)
    return { status: 'incomplete', counts: balance(counter.read()), ledger, open }
  }

  const screened = await screenMade(made, resolved, spool)
  let grouped = 0
  for (const family of groupFamilies(made.read())) {
    grouped += 1
    const end = completeFamily(family, screened.find, config)
    counter.countFamily(end.state)
    for (const outcome of end.outcomes) outcomes.append(outcome.key, outcome)
  }
  for (; grouped < families; grouped += 1) counter.countFamily('empty')
  for (const outcome of outcomes.read()) counter.count(outcome)
  const counts = balance(counter.read())
  onProgress({ phase: 'write', done: 0, total: counts.accepted, ledger })

  const files = await writeSet(partial.path, outcomes, counts)
  const evaluations = await digestInputFiles(config.evaluations, resolved.folder)
  const manifest = describeSet(resolved, { counts, cost: ledger.total().build, files, evaluations })
  await writeJson(join(partial.path, synthesisManifestName), manifest)
  const { setId } = manifest
  const whole = { counts, ledger, setId }
  if (counts.accepted === 0) return { ...whole, status: 'held', path: await partial.hold(setId) }
  const status = (await partial.isPublished(setId)) ? 'unchanged' : 'published'
  return { ...whole, status, path: await partial.publish(setId) }
}

type Making = {
  readonly ledger: Ledger
  readonly slots: number
  readonly counter: SynthesisCounter
  readonly made: { readonly append: (key: string, row: Made) => void }
  readonly outcomes: { readonly append: (key: string, row: Outcome) => void }
}

/** The half that costs: asks for all families, many at once. */
async function makeAll(
  resolved: ResolvedSynthesis,
  { store, executor, isBoughtNow, timestamp, onProgress, drain, giveUp }: SynthesisDependencies,
  { ledger, slots, counter, made, outcomes }: Making,
): Promise<readonly OpenSlot[]> {
  const { config, topics, specs, templates, roles } = resolved
  let done = 0
  const report = (): void => onProgress({ phase: 'answer', done, total: slots, ledger })
  const models = createStoredModelPort({
    store,
    executor,
    timestamp,
    observe: (...reply) => {
      ledger.record(...reply)
      report()
    },
    ...(isBoughtNow === undefined ? {} : { isBoughtNow }),
  })
  const open: OpenSlot[] = []
  const leaveOpen = (slot: OpenSlot): void => {
    if (open.length < namedOpenSlots) open.push(slot)
  }
  const makeFamily = createFamilyMaker({ config, specs, templates, roles, models, leaveOpen })
  try {
    // Those of which all answers are there would go on to the last one.
    const jobs = untilAborted(toAsync(listFamilies(topics, config.familiesPerTopic)), drain, () =>
      counter.countOpen(countSlots(config)),
    )
    const families = mapRows(jobs, defaultRowsInFlight(config.models), async (job) => ({
      family: await makeFamily(job),
    }))
    for await (const { family } of families) {
      done += countSlots(config)
      report()
      if (family === null) counter.countOpen(countSlots(config))
      else {
        for (const outcome of family) {
          if (outcome.status === 'made') made.append(outcome.key, outcome)
          else outcomes.append(outcome.key, outcome)
        }
      }
    }
    return open
  } catch (error) {
    giveUp?.(error)
    throw error
  } finally {
    await models.settle()
  }
}

function balance(counts: SynthesisCounts): SynthesisCounts {
  const imbalance = findSlotImbalance(counts)
  if (imbalance !== null) throw new Error(`the counts do not balance: ${imbalance}`)
  return counts
}

function* groupFamilies(made: Iterable<Made>): Generator<readonly Made[]> {
  let family: Made[] = []
  for (const outcome of made) {
    if (family.length > 0 && family[0]?.row.family !== outcome.row.family) {
      yield family
      family = []
    }
    family.push(outcome)
  }
  if (family.length > 0) yield family
}
