import { allocateRows } from '../quota/allocate-rows.ts'
import { assignModes } from '../quota/assign-modes.ts'
import { describeOutcome } from '../quota/describe-outcome.ts'
import { drawRounds, type DrawnRounds, type RoundsOptions } from '../quota/draw-rounds.ts'
import { explainFull } from '../quota/explain-full.ts'
import type { PromptPool } from '../quota/prompt-pool.ts'
import { findPassed } from '../quota/find-passed.ts'
import type { QuotaRules } from '../quota/quota-rules.ts'
import type { GradedCandidate, GradedPrompt } from '../records/grading.ts'
import type { QuotaOutcome } from '../records/quota-outcome.ts'
import type { MeasuredLength } from '../records/token-count.ts'
import type { Spool } from '../spool/spool.ts'
import { rejectPrompt } from '../stages/reject.ts'
import { selectByQuota, type QuotaSelectContext } from '../stages/select/select-by-quota.ts'
import type { Selected } from '../stages/select/select.ts'

export type FillQuotaOptions = Omit<RoundsOptions, 'findPassed'> & {
  readonly select: Omit<QuotaSelectContext, 'findMode' | 'explain'>
  /** Told of each prompt with all its candidates, once, when the rounds are over. */
  readonly onPrompt: (row: GradedPrompt) => void
}

/** Draws in rounds until a quota is met or cannot be, then gives the rows that fill it. */
export async function fillQuota(
  options: FillQuotaOptions,
): Promise<{ readonly outcome: QuotaOutcome; readonly selected: Iterable<Selected> }> {
  const { rules, spool, pool, onPrompt } = options
  const { select, selectAgain } = keepLengths(options.select, spool)
  const drawn = await drawRounds({ ...options, findPassed: (row) => findPassed(row, rules, select) })
  const allocation = await allocateRows(drawn.kinds, rules)
  const outcome = describeOutcome(drawn, allocation, rules)
  if (!drawn.isFinished) {
    for (const row of mergeDraws(drawn.readGraded())) onPrompt(row)
    return { outcome, selected: [] }
  }
  rejectRest(pool, rules, drawn, select)
  const taken = spool.table<string>('taken')
  for (const { promptId, mode } of assignModes(drawn.kinds, allocation, drawn.readPassed)) taken.append(promptId, mode)
  const selected = selectByQuota(tapSync(mergeDraws(drawn.readGraded()), onPrompt), {
    ...selectAgain,
    findMode: (promptId) => taken.get(promptId) ?? null,
    explain: (sample) => explainFull(sample, allocation, rules),
  })
  return { outcome, selected }
}

type Select = FillQuotaOptions['select']

/** Every candidate is looked at when its round is over and again in the end, and to count its tokens takes milliseconds. */
function keepLengths(select: Select, spool: Spool): { readonly select: Select; readonly selectAgain: Select } {
  const { measureLength } = select
  if (measureLength === null) return { select, selectAgain: select }
  const lengths = spool.table<MeasuredLength>('lengths')
  const measure: typeof measureLength = (sample) => {
    const length = measureLength(sample)
    lengths.append(sample.id, length)
    return length
  }
  return {
    select: { ...select, measureLength: measure },
    selectAgain: { ...select, measureLength: (sample) => lengths.get(sample.id) ?? measureLength(sample) },
  }
}

function rejectRest(
  pool: PromptPool,
  rules: QuotaRules,
  { rounds }: Pick<DrawnRounds, 'rounds'>,
  { reject }: Pick<Select, 'reject'>,
): void {
  const { accepted } = rules.quota
  const detail = `${rounds.length} rounds for the quota of ${accepted} rows did not draw it`
  for (const prompt of pool.rest()) reject(rejectPrompt(prompt, { stage: 'select', code: 'not_drawn', detail }))
}

/** Each prompt with the candidates of all its draws, by repeat number; an earlier answer comes last, as in any build. */
function* mergeDraws(rows: Iterable<GradedPrompt>): Generator<GradedPrompt> {
  let draws: GradedPrompt[] = []
  for (const row of rows) {
    if (draws[0] !== undefined && draws[0].prompt.id !== row.prompt.id) {
      yield mergePrompt(draws[0], draws)
      draws = []
    }
    draws.push(row)
  }
  if (draws[0] !== undefined) yield mergePrompt(draws[0], draws)
}

function mergePrompt({ prompt }: GradedPrompt, draws: readonly GradedPrompt[]): GradedPrompt {
  const candidates = draws.flatMap((draw) => draw.candidates)
  return { prompt, candidates: candidates.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)) }
}

function placeOf({ candidate, writtenUnder }: GradedCandidate): number {
  return writtenUnder === undefined ? candidate.repeat : Infinity
}

function* tapSync<T>(rows: Iterable<T>, see: (row: T) => void): Generator<T> {
  for (const row of rows) {
    see(row)
    yield row
  }
}
