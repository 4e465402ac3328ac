import { join } from 'node:path'
import { z } from 'zod'
import { splits, type Split } from '../records/sample.ts'
import { UserError } from '../records/user-error.ts'
import { readShard } from '../shards/read-shard.ts'
import type { ShardRow } from '../shards/shard-writer.ts'
import type { SpoolTable } from '../spool/spool.ts'
import type { ComparedBuild } from './compared-build.ts'
import { toOutcome, type Outcome, type PromptPair } from './outcome.ts'
import { toAcceptedRow, toRejectedRow, type AcceptedRow, type RejectedRow } from './read-row.ts'

export type OutcomeRow = AcceptedRow | RejectedRow

/**
 * Puts every row of a build that has a prompt into the spool, by prompt id.
 * @throws UserError `diff_rows` when a shard holds other rows than its manifest says, and what `readShard` throws.
 */
export async function spoolRows(build: ComparedBuild, table: SpoolTable<OutcomeRow>): Promise<void> {
  const { shards, rejected } = build.manifest
  for (const { path, rows } of shards) {
    const split = splitOf(path)
    await eachRow(build, path, rows, (row) => {
      const accepted = toAcceptedRow(row, split, build.format)
      table.append(accepted.promptId, accepted)
    })
  }
  for (const { path, rows } of rejected) {
    await eachRow(build, path, rows, (row) => {
      const one = toRejectedRow(row)
      if (one !== null) table.append(one.promptId, one)
    })
  }
}

/** Every prompt that one of the builds knows, in order of its id, one at a time. */
export function* joinOutcomes(a: SpoolTable<OutcomeRow>, b: SpoolTable<OutcomeRow>): Generator<PromptPair> {
  const [before, after] = [readOutcomes(a), readOutcomes(b)]
  let [left, right] = [before.next(), after.next()]
  while (left.done !== true || right.done !== true) {
    const leftId = left.done === true ? null : left.value.promptId
    const rightId = right.done === true ? null : right.value.promptId
    const promptId = leftId === null || (rightId !== null && rightId < leftId) ? rightId : leftId
    if (promptId === null) return
    const pair = {
      promptId,
      a: left.done !== true && leftId === promptId ? left.value.outcome : ({ status: 'absent' } as const),
      b: right.done !== true && rightId === promptId ? right.value.outcome : ({ status: 'absent' } as const),
    }
    if (leftId === promptId) left = before.next()
    if (rightId === promptId) right = after.next()
    yield pair
  }
}

function* readOutcomes(table: SpoolTable<OutcomeRow>): Generator<{ promptId: string; outcome: Outcome }> {
  let promptId: string | null = null
  let accepted: AcceptedRow | null = null
  let rejected: RejectedRow[] = []
  for (const row of table.read()) {
    if (promptId !== null && row.promptId !== promptId) {
      yield { promptId, outcome: toOutcome(accepted, rejected) }
      accepted = null
      rejected = []
    }
    promptId = row.promptId
    if (row.status === 'rejected') rejected.push(row)
    else if (accepted === null) accepted = row
    else throw badRows(`prompt ${promptId}`, 'one row a prompt', 'two')
  }
  if (promptId !== null) yield { promptId, outcome: toOutcome(accepted, rejected) }
}

async function eachRow(
  { folder }: ComparedBuild,
  path: string,
  expected: number,
  take: (row: ShardRow) => void,
): Promise<void> {
  const file = join(folder, path)
  let rows = 0
  for await (const row of readShard(file)) {
    rows += 1
    try {
      take(row)
    } catch (error) {
      if (error instanceof z.ZodError || error instanceof SyntaxError) {
        const problem = error instanceof z.ZodError ? z.prettifyError(error) : error.message
        throw badRows(`${file}, row ${rows}`, 'the columns of a build', problem)
      }
      throw error
    }
  }
  if (rows !== expected) throw badRows(file, `${expected} rows, as the manifest says`, String(rows))
}

function splitOf(path: string): Split {
  const split = splits.find((one) => path.includes(`/${one}-`))
  if (split === undefined) throw badRows(path, 'a shard of train or validation', 'neither')
  return split
}

function badRows(where: string, expected: string, got: string): UserError {
  return new UserError('diff_rows', `expected ${expected}, got ${got}`, {
    where,
    remedy: 'Run `safe-completions verify` on the build; a rerun of the build mends it without sending a request.',
  })
}
