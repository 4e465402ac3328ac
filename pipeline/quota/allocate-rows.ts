import { dealByRemainder } from './largest-remainder.ts'
import { createProgram, type Term } from './linear-program.ts'
import { counts } from './quota-lines.ts'
import { addRules, type CountedVariable, type QuotaRules, type RowCell } from './quota-rules.ts'

/** Prompts that a quota cannot tell apart: where they belong, and the modes of their passing candidates, best first. */
export type PromptKind = { readonly place: Omit<RowCell, 'mode'>; readonly modes: readonly string[] }
export type CountedKind = PromptKind & {
  readonly prompts: number
  /** Those of them whose best candidate an auditor accepted. */
  readonly accepted: number
}

export type Allocation = {
  /** Rows to take of a place in a mode. */
  readonly rowsOf: (place: Omit<RowCell, 'mode'>, mode: string) => number
  /** Rows that each line gets, in order of the lines. */
  readonly got: readonly number[]
  readonly total: number
}

/** What it costs to take another candidate of a prompt than its best, against a row more or less than a cell's due. */
const otherModeCost = 1
const deviationCost = 2
/** The mixture of what the quota does not name is a wish: near its best is good enough, and much faster to find. */
const mixtureGap = 0.01

/**
 * Decides how many rows of each place and mode a quota takes. It lacks as few rows as can be, summed over its lines, and no
 * line or cap gets more than it allows. Where that leaves a choice, as few as can be of the rows that auditors accepted are
 * left out; and where that does, too, cells get what they would get by their numbers of winners, so that what the quota does
 * not name keeps its mixture. Depends on the set of kinds, not on their order.
 */
export async function allocateRows(kinds: readonly CountedKind[], rules: QuotaRules): Promise<Allocation> {
  const sorted = sortKinds(kinds)
  const fewest = await solve(sorted, rules, { of: 'lines' })
  if (fewest === null) throw new Error('the solver found no allocation')
  const { lacking, total } = fewest
  const heeding = sorted.some(({ accepted }) => accepted > 0)
    ? await solve(sorted, rules, { of: 'auditors', lacking })
    : null
  const { leftOut } = heeding ?? fewest
  const chosen = await solve(sorted, rules, { of: 'mixture', lacking, leftOut, due: dealDues(sorted, total) })
  return check(chosen ?? heeding ?? fewest, sorted, rules)
}

/** Rows that a quota lacks at the least, summed over its lines, with these prompts. */
export async function measureShortfall(kinds: readonly CountedKind[], rules: QuotaRules): Promise<number> {
  const fewest = await solve(sortKinds(kinds), rules, { of: 'lines' })
  if (fewest === null) throw new Error('the solver found no allocation')
  return fewest.lacking
}

function sortKinds(kinds: readonly CountedKind[]): readonly CountedKind[] {
  return kinds.toSorted((a, b) => (keyOfKind(a) < keyOfKind(b) ? -1 : 1))
}

export function keyOfPlace({ category, intent, language, source }: Omit<RowCell, 'mode'>): string {
  return JSON.stringify([category, intent, language, source])
}

export function keyOfKind({ place, modes }: PromptKind): string {
  return JSON.stringify([keyOfPlace(place), modes])
}

/** `leftOut`: rows that auditors accepted and that are not taken. */
type Choice = Allocation & { readonly lacking: number; readonly leftOut: number }
/** What is made as small as can be, and what earlier aims have reached. */
type Aim =
  | { readonly of: 'lines' }
  | { readonly of: 'auditors'; readonly lacking: number }
  | {
      readonly of: 'mixture'
      readonly lacking: number
      readonly leftOut: number
      readonly due: ReadonlyMap<string, number>
    }

async function solve(kinds: readonly CountedKind[], rules: QuotaRules, aim: Aim): Promise<Choice | null> {
  const program = createProgram('whole')
  const rows: CountedVariable[] = []
  const byCell = new Map<string, Term[]>()
  for (const { place, modes, prompts } of kinds) {
    const own = modes.map((mode, n): Term => {
      const name = program.variable(aim.of === 'mixture' && n > 0 ? otherModeCost : 0, prompts)
      const cell = { ...place, mode }
      const term = [1, name] as const
      rows.push({ cell, term })
      byCell.set(keyOfCell(cell), [...(byCell.get(keyOfCell(cell)) ?? []), term])
      return term
    })
    program.constrain(own, '<=', prompts)
  }
  const lacks = addRules(program, rules, rows, aim.of === 'lines' ? 1 : 0)
  if (aim.of !== 'lines') {
    program.constrain(
      lacks.map((lack) => [1, lack]),
      '<=',
      aim.lacking,
    )
  }
  const accepted = countAccepted(kinds)
  const outs = [...accepted].map(([key, count]) => {
    const out = program.variable(aim.of === 'auditors' ? 1 : 0)
    const rows = byCell.get(key) ?? []
    program.constrain([...rows.map(([, name]): Term => [-1, name]), [-1, out]], '<=', -count)
    return out
  })
  if (aim.of === 'mixture') {
    program.constrain(
      outs.map((out) => [1, out]),
      '<=',
      aim.leftOut,
    )
    for (const [key, terms] of byCell) {
      const due = aim.due.get(key) ?? 0
      const [over, under] = [program.variable(deviationCost), program.variable(deviationCost)]
      program.constrain([...terms, [-1, over], [1, under]], '=', due)
    }
  }
  const solution = await program.solve(aim.of === 'mixture' ? mixtureGap : 0)
  if (solution === null) return null
  const { valueOf } = solution
  const taken = new Map(
    [...byCell].map(([key, terms]) => [key, terms.reduce((all, [, name]) => all + valueOf(name), 0)] as const),
  )
  const got = rules.lines.map((line) =>
    rows.reduce((all, { cell, term: [, name] }) => all + (counts(line, cell) ? valueOf(name) : 0), 0),
  )
  return {
    rowsOf: (place, mode) => taken.get(keyOfCell({ ...place, mode })) ?? 0,
    got,
    total: [...taken.values()].reduce((all, one) => all + one, 0),
    lacking: rules.lines.reduce((all, { asked }, n) => all + asked - (got[n] ?? 0), 0),
    leftOut: [...accepted].reduce((all, [key, count]) => all + Math.max(0, count - (taken.get(key) ?? 0)), 0),
  }
}

/** Key of a cell to the prompts whose accepted candidate falls there. */
function countAccepted(kinds: readonly CountedKind[]): ReadonlyMap<string, number> {
  const counted = new Map<string, number>()
  for (const { place, modes, accepted } of kinds) {
    const [mode] = modes
    if (mode === undefined || accepted === 0) continue
    const key = keyOfCell({ ...place, mode })
    counted.set(key, (counted.get(key) ?? 0) + accepted)
  }
  return counted
}

/** What each cell would get of so many rows by its number of prompts whose best candidate falls there. */
function dealDues(kinds: readonly CountedKind[], total: number): ReadonlyMap<string, number> {
  const weights = new Map<string, number>()
  for (const { place, modes, prompts } of kinds) {
    const [best] = modes
    if (best === undefined) continue
    const key = keyOfCell({ ...place, mode: best })
    weights.set(key, (weights.get(key) ?? 0) + prompts)
  }
  if (weights.size === 0) return weights
  const dealt = dealByRemainder(total, [...weights.values()])
  return new Map([...weights.keys()].map((key, n) => [key, dealt[n] ?? 0]))
}

function keyOfCell(cell: RowCell): string {
  return JSON.stringify([keyOfPlace(cell), cell.mode])
}

/** The solver works in floating point; what it says is counted again in whole numbers. */
function check(choice: Choice, kinds: readonly CountedKind[], { lines }: QuotaRules): Allocation {
  const over = lines.find(({ asked }, n) => (choice.got[n] ?? 0) > asked)
  if (over !== undefined) throw new Error(`the allocation takes more than the ${over.asked} rows of ${over.name}`)
  const prompts = kinds.reduce((all, one) => all + one.prompts, 0)
  if (choice.total > prompts) throw new Error(`the allocation takes ${choice.total} rows of ${prompts} prompts`)
  return choice
}
