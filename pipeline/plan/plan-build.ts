import type { AnswerStore } from '../answers/answer-store.ts'
import { createAttempts, type Attempts } from '../answers/attempts.ts'
import { collectPrompts } from '../build/collect-prompts.ts'
import { digestInputs } from '../build/fingerprint.ts'
import { openScratchSpool } from '../build/scratch-spool.ts'
import type { PriceLookup } from '../models/price.ts'
import type { StandingDecisions } from '../decisions/standing-decisions.ts'
import type { Manifest } from '../build/manifest.ts'
import type { ResolvedBuild } from '../build/resolve-build.ts'
import { openRegrading, type RegradeSource } from '../build/open-regrading.ts'
import type { GradeSettings } from '../graders/grade-candidate.ts'
import type { Seat } from '../graders/judge-candidate.ts'
import type { ModelPort } from '../models/model-port.ts'
import { createRequest, type ModelRole } from '../models/model-role.ts'
import type { Prompt } from '../records/prompt.ts'
import type { Retry } from '../records/retry.ts'
import type { Spool, SpoolTable } from '../spool/spool.ts'
import { stages } from '../stages/index.ts'
import { concat, tap, toAsync } from '../stages/row-streams.ts'
import type { OpenRow } from '../stages/stage.ts'
import { createSelectContext } from '../build/select-context.ts'
import { drawRounds, type RoundsOptions } from '../quota/draw-rounds.ts'
import { findPassed } from '../quota/find-passed.ts'
import { createPromptPool, type PromptPool } from '../quota/prompt-pool.ts'
import { expectLaterRounds } from './expect-later-rounds.ts'
import { trainerFormats } from '../shards/trainer-formats.ts'
import { openTokenCounter } from '../tokens/open-token-counter.ts'
import { createExplainer } from './explain-miss.ts'
import { createMeasuredRates, exactly, type MeasuredRates } from './measured-rates.ts'
import { countLeaningSamples } from './leaning-samples.ts'
import { createPlanTally, type PlanTally } from './plan-tally.ts'
import type { Plan, Range } from './plan.ts'
import { numberItems } from '../build/number-items.ts'

export type PlanDependencies = {
  readonly store: AnswerStore
  readonly decisions: StandingDecisions
  readonly priceOf: PriceLookup
  /** The build whose rates are expected again, and whose answers `regrade-first` looks at; null for a first build. */
  readonly against: { readonly folder: string; readonly manifest: Manifest } | null
  /** What the build would decide to ask again, beside what the store has of that. */
  readonly retries?: readonly Pick<Retry, 'digest' | 'attempt'>[]
  readonly timestamp: () => string
  readonly signal: AbortSignal
}

/**
 * Runs the pipeline on the store alone and says what a build would send, and why. What a missing answer would lead to
 * is given as a range: at least nothing (the candidate fails a free check), at most every vote of every judge, and
 * expected at the rates of the build planned against. Where there is such a build and something is missing, both
 * strategies are priced.
 */
export async function planBuild(resolved: ResolvedBuild, dependencies: PlanDependencies): Promise<Plan> {
  const { store, against, timestamp } = dependencies
  const attempts = createAttempts([...(await store.listRetries()), ...(dependencies.retries ?? [])])
  const rates = createMeasuredRates(await store.measure(), against?.manifest ?? null)
  const leaningOn = against === null ? () => 0 : await countLeaningSamples(against.folder, against.manifest)
  await using spool = await openScratchSpool()
  const prompts = spool.table<Prompt>('prompts')
  const observer = { onRow: ignore, onPrompt: ignore, onReject: ignore }
  const { seed } = resolved.config
  const pool = resolved.quota === null ? null : createPromptPool({ rules: resolved.quota, seed, table: prompts })
  const add = pool?.add ?? numberItems(prompts).append
  for await (const prompt of collectPrompts(resolved, observer, spool, dependencies.signal)) add(prompt)
  const run: PlanRun = { ...dependencies, attempts, rates, prompts, pool, spool, explain: createExplainer(store) }
  const all = createPlanTally(stepsOf(resolved), rates, dependencies.priceOf)
  const { touched, quota } = await runOnStore(resolved, run, all, null, null)
  const strategies = [all.read('regenerate', leaningOn)]
  // Another strategy would draw other rounds: each of them needs a pass of its own over the whole pool.
  if (pool === null && against !== null && touched.size > 0 && namesRequests(against.manifest)) {
    const regraded = await regradeTouched(resolved, run, all, touched, against)
    strategies.push(regraded.read('regrade-first', leaningOn))
  }
  return {
    planVersion: 1,
    name: resolved.config.name,
    createdAt: timestamp(),
    against: against?.manifest.buildId ?? null,
    inputs: await digestInputs(resolved, {
      storeId: await store.identify(),
      decisions: dependencies.decisions.digest,
      retries: attempts.digest,
      regrade: null,
    }),
    prompts: prompts.count(),
    quota,
    strategies,
  }
}

type PlanRun = PlanDependencies & {
  readonly attempts: Attempts
  readonly rates: MeasuredRates
  readonly prompts: SpoolTable<Prompt>
  /** Where a quota draws its prompts; null without one. */
  readonly pool: PromptPool | null
  readonly spool: Spool
  readonly explain: ReturnType<typeof createExplainer>
}

/** Rows in JSON Lines do not name their requests, so their answers cannot be looked at again. */
function namesRequests({ shards }: Manifest): boolean {
  return shards.every(({ path }) => path.endsWith('.parquet'))
}

/**
 * The other strategy differs for the touched prompts alone, so only they are gone through again: once to know what they
 * reuse when regenerated, and once regraded. What all other prompts reuse is the rest.
 */
async function regradeTouched(
  resolved: ResolvedBuild,
  run: PlanRun,
  all: PlanTally,
  touched: ReadonlySet<string>,
  against: NonNullable<PlanDependencies['against']>,
): Promise<PlanTally> {
  const create = (): PlanTally => createPlanTally(stepsOf(resolved), run.rates, run.priceOf)
  const [regenerated, regraded] = [create(), create()]
  await runOnStore(resolved, { ...run, explain: explainNothing }, regenerated, touched, null)
  const regrade = { folder: against.folder, buildId: against.manifest.buildId }
  await runOnStore(resolved, run, regraded, touched, regrade)
  const roles = rolesOf(resolved)
  const reusedByTouched = regenerated.countsOfReused()
  for (const [step, reused] of all.countsOfReused()) {
    const role = roles.get(step)
    if (role !== undefined) regraded.countReused(step, role, reused - (reusedByTouched.get(step) ?? 0))
  }
  return regraded
}

const explainNothing: PlanRun['explain'] = async () => ({
  key: '',
  cause: { kind: 'wording', title: '', clauses: [], diff: '' },
  predecessor: null,
})

/**
 * One pass of the pipeline over the store; everything that it asks for goes into the tally. Returns the prompts that
 * lack an answer, and the round of a quota that lacks them. `only`: look at these alone.
 */
async function runOnStore(
  resolved: ResolvedBuild,
  { store, decisions, attempts, rates, prompts, pool, spool, explain, signal, against }: PlanRun,
  tally: PlanTally,
  only: ReadonlySet<string> | null,
  regrade: RegradeSource['regrade'],
): Promise<{ readonly touched: ReadonlySet<string>; readonly quota: Plan['quota'] }> {
  const { panel } = resolved.grade
  const missing = new Set<string>()
  const touched = new Set<string>()
  const models: ModelPort = {
    ask: async (asked, purpose) => {
      const { request, digest } = attempts.identify(asked)
      const answer = await store.get(digest)
      if (answer !== null) {
        tally.countReused(purpose.step, request)
        const { attempt } = request
        return { status: 'answered', digest, answer, fromStore: true, ...(attempt === undefined ? {} : { attempt }) }
      }
      // Candidates with the same text share their judgements: a request is sent once.
      const isFirst = !missing.has(digest)
      missing.add(digest)
      if (isFirst) tally.countMissing(purpose, request, await explain(request, purpose))
      if (purpose.step === 'generate') expectFromCandidate(panel, rates, tally, 1)
      return { status: 'unavailable', digest, reason: 'offline_miss', detail: 'planned' }
    },
  }
  const context = {
    models,
    specs: resolved.specs,
    templates: resolved.templates,
    reject: ignore,
    leaveOpen: ({ step, promptId }: OpenRow) => {
      touched.add(promptId)
      if (step === 'classify') expectFromPrompt(resolved, rates, tally, 1)
      // An earlier answer may fail under the current policy, and its prompt then goes to the generator.
      if (step === 'regrade') expectFromPrompt(resolved, rates, tally, rates.failureShare)
    },
    rowsInFlight: planRowsInFlight,
    takesPartialPrompts: true,
  }
  const chosen = only === null ? prompts.read() : prompts.read().filter(({ id }) => only.has(id))
  const foreseen = new Set<string>()
  const onStall: GradeSettings['onStall'] = (input, seatsLeft) =>
    expectFromStall(input, seatsLeft, { store, attempts, rates, tally, foreseen })
  const regrading = await openRegrading(resolved, { regrade, store, spool, findStanding: decisions.find, onStall })
  const answer: RoundsOptions['answer'] = (rows, again) => {
    const classified = stages.classify.run(rows, resolved.classifyRole, context)
    const generated = stages.generate.run(concat(regrading(classified, context), again), resolved.generate, context)
    return tap(stages.grade.run(generated, { ...resolved.grade, onStall }, context), () => signal.throwIfAborted())
  }
  if (resolved.quota === null || pool === null) {
    for await (const _ of answer(toAsync(chosen), toAsync([]))) continue
    return { touched, quota: null }
  }
  const rules = resolved.quota
  const { emit } = resolved.config
  const format = trainerFormats[emit.format]
  const tokenCounter = emit.tokenizer === null ? null : await openTokenCounter(emit.tokenizer, format, resolved.folder)
  const selectContext = createSelectContext(resolved, decisions, ignore, tokenCounter)
  const { candidates, role } = resolved.generate
  const drawn = await drawRounds({
    rules,
    candidates,
    seed: resolved.config.seed,
    pool,
    spool,
    answer,
    findPassed: (row) => findPassed(row, rules, selectContext),
    isOpen: () => touched.size > 0,
    onRound: ignore,
  })
  const last = drawn.rounds.at(-1)
  if (drawn.isFinished || last === undefined) return { touched, quota: null }
  const later = expectLaterRounds(drawn, rules, candidates, against?.manifest ?? null)
  const { promptsLeft, unlabelledLeft, expectedPrompts, maxCandidates } = later
  const likelihood = promptsLeft === 0 ? 0 : expectedPrompts / promptsLeft
  if (resolved.classifyRole !== null && unlabelledLeft > 0) {
    const expected = unlabelledLeft * likelihood
    tally.countOpen('classify', resolved.classifyRole, { min: 0, expected, max: unlabelledLeft })
  }
  if (maxCandidates > 0) {
    const expected = expectedPrompts * candidates
    tally.countOpen('generate', role, { min: 0, expected, max: maxCandidates })
    expectFromCandidate(panel, rates, tally, maxCandidates, expected / maxCandidates)
  }
  return { touched, quota: { round: drawn.rounds.length, ...last, promptsLeft } }
}

/** Step to the model that is asked, in the order in which steps are reported. */
function rolesOf({ classifyRole, generate, grade }: ResolvedBuild): ReadonlyMap<string, ModelRole> {
  return new Map([
    ...(classifyRole === null ? [] : [['classify', classifyRole] as const]),
    ['generate', generate.role] as const,
    ...grade.panel.map(({ judge, role }) => [`grade:${judge.name}`, role] as const),
  ])
}

function stepsOf(resolved: ResolvedBuild): readonly string[] {
  return [...rolesOf(resolved).keys()]
}

/** A plan waits for nothing but the store; a few rows at once hide the cost of switching. */
const planRowsInFlight = 64

/** A prompt that may go to the generator: its generations are as many as the config says. */
function expectFromPrompt(
  { generate, grade }: ResolvedBuild,
  rates: MeasuredRates,
  tally: PlanTally,
  likelihood: number,
): void {
  const { candidates, role } = generate
  tally.countOpen('generate', role, { min: 0, expected: candidates * likelihood, max: candidates })
  expectFromCandidate(grade.panel, rates, tally, candidates, likelihood)
}

function expectFromCandidate(
  panel: readonly Seat[],
  rates: MeasuredRates,
  tally: PlanTally,
  candidates: number,
  likelihood = 1,
): void {
  for (const seat of panel) {
    const { step, max } = describeSeat(seat)
    const expected = Math.min(max, rates.perCandidate(step) ?? max)
    tally.countOpen(step, seat.role, { min: 0, expected: expected * candidates * likelihood, max: max * candidates })
  }
}

type StallContext = {
  readonly store: AnswerStore
  readonly attempts: Attempts
  readonly rates: MeasuredRates
  readonly tally: PlanTally
  /** Digests that were counted as depending on answers. */
  readonly foreseen: Set<string>
}

/** A candidate that is known: its later requests are known too, so only those that are not in the store count. */
async function expectFromStall(
  input: Parameters<Seat['judge']['variables']>[0],
  seatsLeft: readonly Seat[],
  { store, attempts, rates, tally, foreseen }: StallContext,
): Promise<void> {
  const [stalled] = seatsLeft
  if (stalled === undefined) return
  const reached = rates.perCandidate(describeSeat(stalled).step)
  let isFirst = true
  for (const seat of seatsLeft) {
    const { step, max } = describeSeat(seat)
    const messages = seat.template.render(seat.judge.variables(input))
    for (let repeat = 0; repeat < max; repeat += 1) {
      const { digest } = attempts.identify(createRequest(seat.role, messages, seat.judge.schema, repeat))
      if ((await store.get(digest)) !== null) continue
      const isNew = !foreseen.has(digest)
      foreseen.add(digest)
      // The first one is the miss that stalled it, and is counted as such.
      if (!isFirst && isNew) tally.countOpen(step, seat.role, chanceOf(seat, reached, rates))
      isFirst = false
    }
  }
}

function chanceOf(seat: Seat, reached: number | null, rates: MeasuredRates): Range {
  const { step, max } = describeSeat(seat)
  const rate = rates.perCandidate(step)
  if (rate === null || reached === null || reached === 0) return { ...exactly(1), min: 0 }
  return { min: 0, expected: Math.min(1, rate / max / Math.min(1, reached)), max: 1 }
}

function describeSeat({ judge, role, votes }: Seat): {
  readonly step: string
  readonly model: string
  readonly max: number
} {
  return { step: `grade:${judge.name}`, model: role.model, max: votes }
}

function ignore(): void {}
