import type { QuotaConfig } from '../config/quota-config.ts'
import { cellOf, isCovered } from '../stages/select/apply-mixture.ts'
import type { MixtureCap } from '../stages/select/select-settings.ts'
import { counts, type Cell, type CellDimension, type QuotaLine } from './quota-lines.ts'
import type { Program, Term } from './linear-program.ts'

/** A quota with what it is read against: all that decides which rows it takes. */
export type QuotaRules = {
  readonly quota: QuotaConfig
  readonly lines: readonly QuotaLine[]
  /** Caps on the mixture: bounds that hold beside the lines. */
  readonly caps: readonly MixtureCap[]
  /** Category to the modes that its guidance has. */
  readonly modesOf: ReadonlyMap<string, readonly string[]>
}

/** What a row is counted by. `language` and `source` only where a cap looks at them; `*` otherwise. */
export type RowCell = Cell & { readonly language: string; readonly source: string }

/** What stands for a dimension that nothing looks at. */
export const anyValue = '*'

/** Whether a cap looks at a dimension. */
export function isCapped(caps: readonly MixtureCap[], dimension: 'language' | 'source'): boolean {
  return caps.some(({ by, where }) => by.includes(dimension) || where[dimension] !== undefined)
}

/** Whether a line or a cap looks at a dimension. */
export function isLookedAt({ lines, caps }: QuotaRules, dimension: CellDimension): boolean {
  return (
    lines.some(({ where }) => where[dimension] !== undefined) ||
    caps.some(({ by, where }) => by.includes(dimension) || where[dimension] !== undefined)
  )
}

export type CountedVariable = { readonly cell: RowCell; readonly term: Term }

/**
 * Adds the lines and caps to a program: the rows of a line and what it lacks are what it asks for, never more. Returns what
 * each line lacks, as variables of the given cost.
 */
export function addRules(
  program: Program,
  { lines, caps }: Pick<QuotaRules, 'lines' | 'caps'>,
  rows: readonly CountedVariable[],
  costOfShortfall: number,
): readonly string[] {
  const lacks = lines.map((line) => {
    const lack = program.variable(costOfShortfall)
    const terms = rows.filter(({ cell }) => counts(line, cell)).map(({ term }) => term)
    program.constrain([...terms, [1, lack]], '=', line.asked)
    return lack
  })
  for (const cap of caps) {
    const covered = rows.filter(({ cell }) => isCovered(cell, cap))
    for (const group of Map.groupBy(covered, ({ cell }) => cellOf(cell, cap)).values()) {
      program.constrain(
        group.map(({ term }) => term),
        '<=',
        cap.max,
      )
    }
  }
  return lacks
}
