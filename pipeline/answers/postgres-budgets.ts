import { z } from 'zod'
import { describeReached, type Amount, type Budget, type BudgetState, type Caps } from '../models/budget.ts'
import { batchCalls } from './batch-calls.ts'
import type { PostgresDatabase } from './postgres-database.ts'

/*
 * Budgets of runs that many workers spend from; `0005-budgets.sql` has the rules. What a worker sets aside is leased: it
 * renews those that it knows of. Those of a dead worker end and count at their worst case, and so does one whose grant was
 * lost with its connection.
 */

export type RunBudgets = {
  readonly start: (run: string, caps: Caps) => Promise<void>
  readonly read: (run: string) => Promise<BudgetState>
  /** The port that a worker spends from. `drain` aborted: whatever waits for room is refused. */
  readonly openFor: (run: string, worker: string, drain: AbortSignal) => Budget
  readonly renew: (worker: string) => Promise<void>
  /** Resolves when all that was settled so far is in the database; rejects when some of it could not be. */
  readonly flush: () => Promise<void>
}

/** A worker renews every few seconds, and may be cut off for as long as a fail-over takes. */
const leaseSeconds = 180
const shortestWaitMs = 50
const longestWaitMs = 1000
const callsAtOnce = 200

const answerSchema = z.object({ status: z.enum(['granted', 'wait', 'refused']), reservation: z.string().nullable() })
type ReserveAnswer = z.infer<typeof answerSchema>
type Ask = { readonly run: string; readonly worker: string; readonly worst: Amount }
type Settlement = { readonly reservation: string; readonly actual: Amount | null }

const stateSchema = z.object({
  max_cost_usd: z.number().nullable(),
  max_tokens: z.coerce.number().nullable(),
  spent_cost_usd: z.number(),
  spent_tokens: z.coerce.number(),
  assumed_cost_usd: z.number(),
  assumed_tokens: z.coerce.number(),
  reserved_cost_usd: z.number(),
  reserved_tokens: z.coerce.number(),
  reached: z.boolean(),
})
const nothing: Amount = { costUsd: 0, tokens: 0 }
const unread: BudgetState = { spent: nothing, assumed: nothing, reserved: nothing, reached: null, overshoot: nothing }

export function createRunBudgets(
  database: PostgresDatabase,
  wait: (ms: number, signal: AbortSignal) => Promise<void>,
): RunBudgets {
  const asks = batchCalls<Ask, ReserveAnswer>(async (items) => {
    const sql = `
      SELECT status, reservation
      FROM unnest($1::text[], $2::text[], $3::float8[], $4::bigint[])
        WITH ORDINALITY AS ask (run, worker, cost, tokens, n),
        LATERAL safe_completions.reserve(run, worker, cost, tokens, make_interval(secs => ${leaseSeconds}))
      ORDER BY n`
    // After a cut the first try may have set something aside too, which nobody renews: it ends and counts, the safe side.
    const rows = await database.queryAgain(sql, [
      items.map(({ run }) => run),
      items.map(({ worker }) => worker),
      items.map(({ worst }) => worst.costUsd),
      items.map(({ worst }) => worst.tokens),
    ])
    return rows.map((row) => answerSchema.parse(row))
  }, callsAtOnce)
  const settlements = batchCalls<Settlement, true>(async (items) => {
    const sql = `
      SELECT safe_completions.settle(reservation, cost, tokens)
      FROM unnest($1::bigint[], $2::float8[], $3::bigint[]) AS one (reservation, cost, tokens)`
    await database.queryAgain(sql, [
      items.map(({ reservation }) => reservation),
      items.map(({ actual }) => actual?.costUsd ?? null),
      items.map(({ actual }) => actual?.tokens ?? null),
    ])
    return items.map(() => true)
  }, callsAtOnce)
  let failure: unknown = null
  const pending = new Set<Promise<void>>()
  const held = new Set<string>()
  const settle = (settlement: Settlement): void => {
    const settled = settlements
      .call(settlement)
      .then(() => undefined)
      .catch((error: unknown) => {
        failure ??= error
      })
      .finally(() => {
        held.delete(settlement.reservation)
        pending.delete(settled)
      })
    pending.add(settled)
  }
  const readRun = async (run: string): Promise<z.infer<typeof stateSchema>> => {
    const rows = await database.queryAgain('SELECT * FROM safe_completions.runs WHERE id = $1', [run])
    return z.tuple([stateSchema]).parse(rows)[0]
  }

  return {
    start: async (run, { maxCostUsd, maxTokens }) => {
      const sql = 'UPDATE safe_completions.runs SET max_cost_usd = $2, max_tokens = $3 WHERE id = $1'
      await database.queryAgain(sql, [run, maxCostUsd, maxTokens])
    },
    read: async (run) => toState(await readRun(run), nothing),
    openFor: (run, worker, drain) => {
      let last = unread
      return {
        reserve: async (worst) => {
          for (let waitMs = shortestWaitMs; !drain.aborted; waitMs = Math.min(longestWaitMs, waitMs * 1.5)) {
            const { status, reservation } = await asks.call({ run, worker, worst })
            if (status === 'granted' && reservation !== null) {
              held.add(reservation)
              return {
                settle: (actual) => settle({ reservation, actual }),
                release: () => settle({ reservation, actual: nothing }),
              }
            }
            if (status === 'refused') {
              last = toState(await readRun(run), worst)
              return null
            }
            await wait(waitMs, drain)
          }
          return null
        },
        // Nobody asks here who cannot wait.
        tryReserve: () => null,
        read: () => last,
      }
    },
    renew: async (worker) => {
      const sql = `
        UPDATE safe_completions.reservations SET expires_at = now() + make_interval(secs => ${leaseSeconds})
        WHERE worker = $1 AND id = ANY($2::bigint[])`
      await database.queryAgain(sql, [worker, [...held]])
    },
    flush: async () => {
      await Promise.all(pending)
      if (failure !== null) throw failure
    },
  }
}

function toState(row: z.infer<typeof stateSchema>, worst: Amount): BudgetState {
  const spent = { costUsd: row.spent_cost_usd, tokens: row.spent_tokens }
  const caps: Caps = { maxCostUsd: row.max_cost_usd, maxTokens: row.max_tokens }
  return {
    spent,
    assumed: { costUsd: row.assumed_cost_usd, tokens: row.assumed_tokens },
    reserved: { costUsd: row.reserved_cost_usd, tokens: row.reserved_tokens },
    reached: row.reached ? describeReached(caps, spent, worst) : null,
    overshoot: {
      costUsd: Math.max(0, spent.costUsd - (caps.maxCostUsd ?? Infinity) - 1e-9),
      tokens: Math.max(0, spent.tokens - (caps.maxTokens ?? Infinity)),
    },
  }
}
