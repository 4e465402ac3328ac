import type { CountedKind } from './allocate-rows.ts'
import { createProgram, type Program, type Term } from './linear-program.ts'
import type { Stratum } from './prompt-pool.ts'
import { addRules, anyValue, isLookedAt, type CountedVariable, type QuotaRules, type RowCell } from './quota-rules.ts'
import { intents } from '../records/prompt.ts'

/** What is known of a stratum when a round begins. */
export type StratumTally = {
  readonly key: string
  readonly stratum: Stratum
  readonly pool: number
  /** Prompts drawn, and further candidates drawn for such of them as had no row. */
  readonly drawn: number
  readonly again: number
  /** Prompts without a row that may have a further candidate. */
  readonly waiting: number
  /** Key of a cell to prompts that gave a row of it, and to those that did at a further candidate. */
  readonly passed: ReadonlyMap<string, number>
  readonly passedAgain: ReadonlyMap<string, number>
}

export type Draws = {
  /** Key of a stratum to prompts to draw for the first time, and to those to draw a further candidate for. */
  readonly prompts: ReadonlyMap<string, number>
  readonly again: ReadonlyMap<string, number>
}

export type DrawSettings = {
  readonly rules: QuotaRules
  /** Candidates of a prompt that is drawn for the first time: what it costs. */
  readonly candidates: number
  /** 0 for the first. */
  readonly round: number
}

/* Costs are in candidates. A row that is lacking outweighs any draw that has a chance of one in some thousands. */
const shortfallCost = 10_000
/** A stratum may fall behind its share of the pool where another gives the same rows for a quarter less or so. */
const deviationCost = 0.25
const classifyCost = 1
/** One prompt of no known outcome counts beside those that were drawn, so that no yield is ever taken for 0. */
const priorPrompts = 1
/** Before a second candidate was ever drawn, it is taken to be half as good as a first. */
const againDiscount = 0.5
/** After the first round a stratum's prompts are at most doubled, so that a yield that was seen by chance costs little. */
const leastStep = 16
/** The less is lacking, the less a surplus costs: the margin doubles from round to round, up to this. */
const mostMargin = 4

/**
 * What the next round draws: as little as fills the quota if yields stay as they were measured, by a linear program over
 * strata. A stratum that was never drawn from is taken to give whatever is needed. Depends on counts alone.
 */
export async function chooseDraws(
  winners: readonly CountedKind[],
  tallies: readonly StratumTally[],
  settings: DrawSettings,
): Promise<Draws> {
  const { rules } = settings
  const program = createProgram('fractions')
  const rows: CountedVariable[] = []
  for (const { place, modes, prompts } of winners) {
    const own = modes.map((mode): Term => {
      const term = [1, program.variable(0, prompts)] as const
      rows.push({ cell: { ...place, mode }, term })
      return term
    })
    program.constrain(own, '<=', prompts)
  }
  const drawn = tallies.map((tally) => {
    const isUnlabelled = tally.stratum.category === null || tally.stratum.intent === null
    const cost = settings.candidates + (isUnlabelled ? classifyCost : 0)
    const step = settings.round === 0 ? Infinity : Math.max(leastStep, tally.drawn)
    const prompts = program.variable(cost, Math.min(tally.pool - tally.drawn, step))
    const again = program.variable(1, tally.waiting)
    rows.push(...addExpectedRows(program, tally, { prompts, again }, settings))
    return { tally, prompts, again }
  })
  const { maxPrompts } = rules.quota
  const left = maxPrompts === null ? Infinity : maxPrompts - tallies.reduce((all, tally) => all + tally.drawn, 0)
  if (left !== Infinity) {
    program.constrain(
      drawn.map(({ prompts }) => [1, prompts]),
      '<=',
      left,
    )
  }
  keepProportions(program, drawn)
  addRules(program, rules, rows, shortfallCost)
  const solution = await program.solve()
  if (solution === null) throw new Error('the solver found no draws')
  const read = (of: 'prompts' | 'again', bound: number): ReadonlyMap<string, number> => {
    const whole = roundTogether(
      drawn.map(({ [of]: name }) => solution.valueOf(name)),
      bound,
    )
    return new Map(drawn.map(({ tally }, n) => [tally.key, whole[n] ?? 0] as const).filter(([, count]) => count > 0))
  }
  return { prompts: read('prompts', left), again: read('again', Infinity) }
}

/** The last digits of a solution in floating point are noise. */
const noise = 1e-6

/**
 * Whole numbers whose sum is the sum of the values, rounded up: with many strata, rounding each of them up would draw many
 * prompts that nothing asks for. What is left of the sum goes to the largest fractions.
 */
function roundTogether(values: readonly number[], bound: number): readonly number[] {
  const whole = values.map((value) => Math.floor(value + noise))
  const sum = values.reduce((all, value) => all + value, 0)
  const total = Math.min(bound, Math.ceil(sum - noise))
  const left = Math.max(0, total - whole.reduce((all, one) => all + one, 0))
  const fractions = values
    .map((value, n) => ({ n, fraction: value - (whole[n] ?? 0) }))
    .filter(({ fraction }) => fraction > noise)
    .toSorted((a, b) => (Math.abs(b.fraction - a.fraction) > noise ? b.fraction - a.fraction : a.n - b.n))
  for (const { n } of fractions.slice(0, left)) whole[n] = (whole[n] ?? 0) + 1
  return whole
}

type DrawnNames = { readonly prompts: string; readonly again: string }

/** Rows that draws from a stratum are expected to give, by cell. */
function addExpectedRows(
  program: Program,
  tally: StratumTally,
  { prompts, again }: DrawnNames,
  { rules, round }: DrawSettings,
): readonly CountedVariable[] {
  const cells = listCells(tally.stratum, rules)
  const expected = cells.map((cell): CountedVariable => ({ cell, term: [1, program.variable(0)] }))
  const { assumedYield } = rules.quota
  const margin = Math.min(mostMargin, rules.quota.margin * 2 ** Math.max(0, round - 1))
  if (tally.drawn === 0) {
    program.constrain([...expected.map(({ term }) => term), [-assumedYield, prompts]], '<=', 0)
    return expected
  }
  for (const { cell, term } of expected) {
    const key = keyOfCell(cell)
    const prior = assumedYield / cells.length
    const rate = ((tally.passed.get(key) ?? 0) + priorPrompts * prior) / (tally.drawn + priorPrompts)
    const rateAgain =
      ((tally.passedAgain.get(key) ?? 0) + priorPrompts * rate * againDiscount) / (tally.again + priorPrompts)
    program.constrain([term, [-rate / (1 + margin), prompts], [-rateAgain / (1 + margin), again]], '<=', 0)
  }
  return expected
}

/** Strata are drawn from in proportion to their prompts, as far as that costs little. */
function keepProportions(
  program: Program,
  drawn: readonly { readonly tally: StratumTally; readonly prompts: string }[],
): void {
  const pool = drawn.reduce((all, { tally }) => all + tally.pool, 0)
  const before = drawn.reduce((all, { tally }) => all + tally.drawn, 0)
  for (const { tally, prompts } of drawn) {
    const share = tally.pool / pool
    const [over, under] = [program.variable(deviationCost), program.variable(deviationCost)]
    const terms = drawn.map(({ prompts: name }): Term => [(name === prompts ? 1 : 0) - share, name])
    program.constrain([...terms, [-1, over], [1, under]], '=', share * before - tally.drawn)
  }
}

/** The cells that a prompt of a stratum may give a row of, as far as a line or a cap can tell them apart. */
export function listCells(stratum: Stratum, rules: QuotaRules): readonly RowCell[] {
  const { language, source } = stratum
  const categories = stratum.category === null ? [...rules.modesOf.keys()] : [stratum.category]
  const ofIntent = isLookedAt(rules, 'intent') ? (stratum.intent === null ? intents : [stratum.intent]) : [anyValue]
  const allModes = [...new Set([...rules.modesOf.values()].flat())]
  return categories.flatMap((category) =>
    ofIntent.flatMap((intent) =>
      (isLookedAt(rules, 'mode') ? (rules.modesOf.get(category) ?? allModes) : [anyValue]).map((mode) => ({
        category,
        intent,
        mode,
        language,
        source,
      })),
    ),
  )
}

/** A cell with what nothing looks at taken out. */
export function blurCell(cell: RowCell, rules: QuotaRules): RowCell {
  return {
    ...cell,
    category: isLookedAt(rules, 'category') ? cell.category : anyValue,
    intent: isLookedAt(rules, 'intent') ? cell.intent : anyValue,
    mode: isLookedAt(rules, 'mode') ? cell.mode : anyValue,
  }
}

export function keyOfCell({ category, intent, mode, language, source }: RowCell): string {
  return JSON.stringify([category, intent, mode, language, source])
}
