import type { AnswerStore } from '../answers/answer-store.ts'
import { digestRequest } from '../answers/request-digest.ts'
import { collectPrompts } from '../build/collect-prompts.ts'
import { digestInputs } from '../build/fingerprint.ts'
import type { Price } from '../build/ledger.ts'
import type { Manifest } from '../build/manifest.ts'
import type { ResolvedBuild } from '../build/resolve-build.ts'
import type { Seat } from '../graders/judge-candidate.ts'
import type { ModelPort } from '../models/model-port.ts'
import { createRequest } from '../models/model-role.ts'
import { stages } from '../stages/index.ts'
import type { OpenRow } from '../stages/stage.ts'
import { createExplainer } from './explain-miss.ts'
import { createMeasuredRates, exactly, type MeasuredRates } from './measured-rates.ts'
import { createPlanTally, type PlanTally } from './plan-tally.ts'
import type { Plan, Range } from './plan.ts'

export type PlanDependencies = {
  readonly store: AnswerStore
  readonly priceOf: (model: string) => Price | null
  /** The build whose rates are expected again; null for a first build. */
  readonly against: Manifest | null
  /** Accepted rows of that build which cite one of the clauses. */
  readonly leaningOn: (clauses: readonly string[]) => number
  readonly timestamp: () => string
  readonly signal: AbortSignal
  readonly onPrompt: (done: number) => void
}

/**
 * Runs the pipeline on the store alone and says what a build would send, and why. What a missing answer would lead to
 * is given as a range: at least nothing (the candidate fails a free check), at most every vote of every judge, and
 * expected at the rates of the build planned against.
 */
export async function planBuild(resolved: ResolvedBuild, dependencies: PlanDependencies): Promise<Plan> {
  const { store, priceOf, against, leaningOn, timestamp, signal } = dependencies
  const { panel } = resolved.grade
  const steps = ['classify', 'generate', ...panel.map(({ judge }) => `grade:${judge.name}`)]
  const rates = createMeasuredRates(await store.measure(), against)
  const tally = createPlanTally(steps, rates, priceOf)
  const explain = createExplainer(store)
  let prompts = 0

  const models: ModelPort = {
    ask: async (request, purpose) => {
      const digest = digestRequest(request)
      const answer = await store.get(digest)
      if (answer !== null) {
        tally.countReused(purpose, request)
        return { status: 'answered', digest, answer, fromStore: true }
      }
      tally.countMissing(purpose, request, await explain(request, purpose))
      if (purpose.step === 'generate') expectFromCandidate(panel, rates, tally, 1)
      return { status: 'unavailable', digest, reason: 'offline_miss', detail: 'planned' }
    },
  }
  const context = {
    models,
    specs: resolved.specs,
    templates: resolved.templates,
    reject: () => undefined,
    leaveOpen: ({ step }: OpenRow) => {
      if (step === 'classify') expectFromClassify(resolved, rates, tally)
    },
    rowsInFlight: planRowsInFlight,
    takesPartialPrompts: true,
  }
  const counted = tap(collectPrompts(resolved, { onRow: ignore, onPrompt: ignore, onReject: ignore }, signal), () => {
    prompts += 1
    dependencies.onPrompt(prompts)
  })
  const classified = stages.classify.run(counted, resolved.classifyRole, context)
  const generated = stages.generate.run(classified, resolved.generate, context)
  const graded = stages.grade.run(
    generated,
    { ...resolved.grade, onStall: (input, seatsLeft) => expectFromStall(input, seatsLeft, store, rates, tally) },
    context,
  )
  for await (const _ of graded) signal.throwIfAborted()

  return {
    planVersion: 1,
    name: resolved.config.name,
    createdAt: timestamp(),
    against: against?.buildId ?? null,
    inputs: await digestInputs(resolved, await store.identify()),
    prompts,
    strategies: [tally.read('regenerate', leaningOn)],
  }
}

/** A plan waits for nothing but the store; a few rows at once hide the cost of switching. */
const planRowsInFlight = 64

/** A prompt without labels: its generations are as many as the config says, if the classifier can label it. */
function expectFromClassify({ generate, grade }: ResolvedBuild, rates: MeasuredRates, tally: PlanTally): void {
  const { candidates, role } = generate
  tally.countOpen('generate', role.model, { min: 0, expected: candidates, max: candidates })
  expectFromCandidate(grade.panel, rates, tally, candidates)
}

function expectFromCandidate(panel: readonly Seat[], rates: MeasuredRates, tally: PlanTally, candidates: number): void {
  for (const seat of panel) {
    const { step, model, max } = describeSeat(seat)
    const expected = Math.min(max, rates.perCandidate(step) ?? max)
    tally.countOpen(step, model, { min: 0, expected: expected * candidates, max: max * candidates })
  }
}

/** A candidate that is known: its later requests are known too, so only those that are not in the store count. */
async function expectFromStall(
  input: Parameters<Seat['judge']['variables']>[0],
  seatsLeft: readonly Seat[],
  store: AnswerStore,
  rates: MeasuredRates,
  tally: PlanTally,
): Promise<void> {
  const [stalled] = seatsLeft
  if (stalled === undefined) return
  const reached = rates.perCandidate(describeSeat(stalled).step)
  let isFirst = true
  for (const seat of seatsLeft) {
    const { step, model, max } = describeSeat(seat)
    const messages = seat.template.render(seat.judge.variables(input))
    for (let repeat = 0; repeat < max; repeat += 1) {
      const digest = digestRequest(createRequest(seat.role, messages, seat.judge.schema, repeat))
      if ((await store.get(digest)) !== null) continue
      // The first one is the miss that stalled it, and is counted as such.
      if (!isFirst) tally.countOpen(step, model, likelihood(seat, reached, rates))
      isFirst = false
    }
  }
}

function likelihood(seat: Seat, reached: number | null, rates: MeasuredRates): Range {
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

async function* tap<T>(rows: AsyncIterable<T>, see: () => void): AsyncGenerator<T> {
  for await (const row of rows) {
    see()
    yield row
  }
}
