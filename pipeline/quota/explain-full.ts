import type { Allocation } from './allocate-rows.ts'
import { counts, type Cell } from './quota-lines.ts'
import type { QuotaRules } from './quota-rules.ts'

/** Why there is no room for a row: the lines of the quota that it counts in and that are full. */
export function explainFull(cell: Cell, { got }: Allocation, { lines, caps }: QuotaRules): string {
  const full = lines.filter((line, n) => got[n] === line.asked && counts(line, cell))
  const names = full.map(({ name, asked }) => `${name} (${asked})`)
  if (names.length > 0) return `the quota is full: ${names.join(', ')}`
  return caps.length > 0
    ? 'no line of the quota is full, but a cap of the mixture is'
    : 'the quota fills its lines without it'
}
