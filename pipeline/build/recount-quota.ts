import { counts, type Cell } from '../quota/quota-lines.ts'
import type { QuotaOutcome } from '../records/quota-outcome.ts'

export type QuotaRecount = {
  readonly see: (row: Cell) => void
  /** Lines that have other rows than the manifest says, or more than they asked for. */
  readonly findProblems: () => readonly string[]
}

/** Counts the lines of a quota again, from the rows that are in the shards. */
export function recountQuota(outcome: QuotaOutcome | null): QuotaRecount {
  const lines = (outcome?.lines ?? []).map((line) => ({ line, rows: 0 }))
  return {
    see(row) {
      for (const counted of lines) if (counts(counted.line, row)) counted.rows += 1
    },
    findProblems: () =>
      lines.flatMap(({ line: { name, asked, got }, rows }) => [
        ...(rows === got ? [] : [`quota: expected ${got} rows of ${name}, got ${rows}`]),
        ...(rows > asked ? [`quota: expected at most ${asked} rows of ${name}, got ${rows}`] : []),
      ]),
  }
}
